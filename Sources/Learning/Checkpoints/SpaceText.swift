import Foundation
import Gymnasium

/// Spaces and arguments as JSON texts, for a checkpoint's metadata.
enum SpaceText {
    private struct Form: Codable {
        var kind: String
        var dtype: String?
        var shape: [Int]?
        var low: [Double]?
        var high: [Double]?
        var n: [Int64]?
        var start: [Int64]?
    }

    /// - Returns: nil for text, dict and tuple spaces.
    static func text(_ space: Space) -> String? {
        var form = Form(kind: "")
        switch space {
        case .box(let box):
            form = Form(kind: "box", dtype: box.dtype.rawValue, shape: box.shape, low: box.low, high: box.high)
        case .discrete(let discrete): form = Form(kind: "discrete", n: [discrete.n], start: [discrete.start])
        case .multiDiscrete(let space):
            form = Form(kind: "multi_discrete", shape: space.shape, n: space.nvec, start: space.start)
        case .multiBinary(let shape): form = Form(kind: "multi_binary", shape: shape)
        case .text, .dict, .tuple: return nil
        }
        return JSONText.encode(form)
    }

    /// - Returns: nil for anything that ``text(_:)`` does not write.
    static func space(_ text: String) -> Space? {
        guard let form = JSONText.decode(Form.self, text) else { return nil }
        let count = NDArray.elementCount(of: form.shape ?? [])
        switch form.kind {
        case "box":
            guard let dtype = form.dtype.flatMap(DType.init(rawValue:)), let shape = form.shape, let count,
                let low = form.low, let high = form.high, low.count == 1 || low.count == count,
                high.count == low.count
            else { return nil }
            return .box(Space.Box(dtype: dtype, shape: shape, low: low, high: high))
        case "discrete":
            guard let n = form.n?.first, let start = form.start?.first else { return nil }
            return .discrete(Space.Discrete(n: n, start: start))
        case "multi_discrete":
            guard let shape = form.shape, let n = form.n, let start = form.start, n.count == count,
                start.count == count
            else { return nil }
            return .multiDiscrete(Space.MultiDiscrete(shape: shape, nvec: n, start: start))
        case "multi_binary": return form.shape.map { .multiBinary(shape: $0) }
        default: return nil
        }
    }
}
