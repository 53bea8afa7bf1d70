import Gymnasium

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
