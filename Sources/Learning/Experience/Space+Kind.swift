import Gymnasium

extension Space.Box {
    /// The bounds of each of `count` elements; a box may have one for all.
    func bounds(of count: Int) -> (low: [Double], high: [Double]) {
        func each(_ bounds: [Double]) -> [Double] {
            bounds.count == 1 ? Array(repeating: bounds[0], count: count) : bounds
        }
        return (each(low), each(high))
    }
}

extension Space {
    /// What Gymnasium calls a space of this kind.
    var kindName: String {
        switch self {
        case .box(let box): "box (\(box.dtype.rawValue), shape \(box.shape))"
        case .discrete(let discrete): "discrete (n = \(discrete.n))"
        case .multiDiscrete: "multi-discrete"
        case .multiBinary: "multi-binary"
        case .text: "text"
        case .dict: "dict"
        case .tuple: "tuple"
        }
    }
}
