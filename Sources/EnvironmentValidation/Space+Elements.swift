import Gymnasium

/// Elements to try, and things that are none.
extension Space {
    /// The `k`th of the elements that are tried.
    ///
    /// - Throws: ``NotApplicable`` for a space without elements.
    func element(_ k: Int) throws -> Value {
        switch self {
        case .discrete(let space):
            guard space.n > 0 else { throw NotApplicable("the space has no elements") }
            return .integer(space.start &+ Int64(k) % space.n)
        case .box, .multiDiscrete, .multiBinary: return .array(try elementArray(k))
        case .text(let space): return .text(String(repeating: space.charset.first ?? " ", count: space.minLength))
        case .dict(let entries): return .dict(try entries.map { Value.Entry($0.key, try $0.space.element(k)) })
        case .tuple(let items): return .tuple(try items.map { try $0.element(k) })
        }
    }

    /// The same as an array of the space's form.
    ///
    /// - Throws: ``NotApplicable`` for spaces whose elements are not arrays.
    func elementArray(_ k: Int) throws -> NDArray {
        let array: NDArray? =
            switch self {
            case .discrete(let space): Space.integers([space.start &+ Int64(k) % max(space.n, 1)], [])
            case .box(let box):
                NDArray(
                    dtype: box.dtype, shape: box.shape,
                    values: (0..<box.shape.reduce(1, *)).map { box.element($0, k) })
            case .multiDiscrete(let space):
                Space.integers(
                    zip(space.start, space.nvec).enumerated().map { index, pair in
                        pair.0 &+ Int64(k + index) % max(pair.1, 1)
                    }, space.shape)
            case .multiBinary(let shape):
                NDArray(dtype: .int8, shape: shape, values: (0..<shape.reduce(1, *)).map { Double((k + $0) % 2) })
            case .text, .dict, .tuple: nil
            }
        guard let array else { throw NotApplicable("the environment's actions are not arrays") }
        return array
    }

    /// Of the right kind and shape, outside the bounds; nil where nothing is.
    var outside: Value? {
        switch self {
        case .discrete(let space):
            let (beyond, isTooLarge) = space.start.addingReportingOverflow(space.n)
            return isTooLarge ? nil : .integer(beyond)
        case .multiDiscrete(let space):
            let sums = zip(space.start, space.nvec).map { $0.addingReportingOverflow($1) }
            // One element beyond its bound is enough, and those that have nothing beyond keep their start.
            guard sums.contains(where: { !$0.overflow }) else { return nil }
            let values = zip(space.start, sums).map { $1.overflow ? $0 : $1.partialValue }
            return Space.integers(values, space.shape).map { .array($0) }
        case .multiBinary(let shape): return array(.int8, shape, Array(repeating: 2, count: shape.reduce(1, *)))
        case .box(let box):
            guard let beyond = box.beyond else { return nil }
            return array(box.dtype, box.shape, Array(repeating: beyond, count: box.shape.reduce(1, *)))
        case .text, .dict, .tuple: return nil
        }
    }

    /// Of the right kind, with an element too many; nil where that is not to be had.
    var misshapen: Value? {
        guard let form = arrayForm, let array = try? elementArray(0) else { return nil }
        let values = array.doubles + [array.doubles.first ?? 0]
        return self.array(form.dtype, [values.count], values)
    }

    /// What is never guessed: a floating-point number for an integer, a boolean for a number.
    var mistyped: Value? {
        switch self {
        case .discrete(let space): .number(Double(space.start))
        case .multiDiscrete(let space): array(.float64, space.shape, space.start.map(Double.init))
        case .multiBinary(let shape): array(.float64, shape, Array(repeating: 0, count: shape.reduce(1, *)))
        case .box(let box): box.dtype == .bool ? nil : .boolean(true)
        case .text, .dict, .tuple: nil
        }
    }

    private static func integers(_ values: [Int64], _ shape: [Int]) -> NDArray? {
        let bytes = values.flatMap { withUnsafeBytes(of: $0.littleEndian) { Array($0) } }
        return NDArray(dtype: .int64, shape: shape, bytes: bytes)
    }

    private func array(_ dtype: DType, _ shape: [Int], _ values: [Double]) -> Value? {
        NDArray(dtype: dtype, shape: shape, values: values).map { .array($0) }
    }
}

extension Space.Box {
    /// A number that the element type has, above every bound; nil where there is none.
    fileprivate var beyond: Double? {
        guard let highest = high.max(), highest.isFinite, dtype != .bool else { return nil }
        // Where numbers lie further apart than 1, the next one.
        let next =
            switch dtype {
            case .float16: Double(Float16(highest).nextUp)
            case .float32: Double(Float(highest).nextUp)
            default: highest.nextUp
            }
        let beyond = max(highest + 1, next)
        return beyond.isFinite ? beyond : nil
    }

    /// Between the bounds where there are two, on one where there is one.
    fileprivate func element(_ index: Int, _ k: Int) -> Double {
        let lowest = low.count == 1 ? low[0] : low[index]
        let highest = high.count == 1 ? high[0] : high[index]
        guard lowest.isFinite, highest.isFinite else {
            return lowest.isFinite ? lowest : highest.isFinite ? highest : 0
        }
        let element = lowest + (highest - lowest) * Double((k + index) % 3 + 1) / 4
        return dtype.isFloatingPoint ? element : max(lowest, element.rounded(.down))
    }
}
