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
            return .integer(space.start + Int64(k) % space.n)
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
        let values: [Double] =
            switch self {
            case .discrete(let space): [Double(space.start + Int64(k) % max(space.n, 1))]
            case .box(let box): (0..<box.shape.reduce(1, *)).map { box.element($0, k) }
            case .multiDiscrete(let space):
                zip(space.start, space.nvec).enumerated().map { index, pair in
                    Double(pair.0 + Int64(k + index) % max(pair.1, 1))
                }
            case .multiBinary(let shape): (0..<shape.reduce(1, *)).map { Double((k + $0) % 2) }
            case .text, .dict, .tuple: []
            }
        guard let form = arrayForm, let array = NDArray(dtype: form.dtype, shape: form.shape, values: values) else {
            throw NotApplicable("the environment's actions are not arrays")
        }
        return array
    }

    /// Of the right kind and shape, outside the bounds; nil where nothing is.
    var outside: Value? {
        switch self {
        case .discrete(let space): return .integer(space.start + space.n)
        case .multiDiscrete(let space):
            return array(.int64, space.shape, zip(space.start, space.nvec).map { Double($0 + $1) })
        case .multiBinary(let shape): return array(.int8, shape, Array(repeating: 2, count: shape.reduce(1, *)))
        case .box(let box):
            guard let highest = box.high.max(), highest.isFinite, box.dtype != .bool else { return nil }
            return array(box.dtype, box.shape, Array(repeating: highest + 1, count: box.shape.reduce(1, *)))
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

    private func array(_ dtype: DType, _ shape: [Int], _ values: [Double]) -> Value? {
        NDArray(dtype: dtype, shape: shape, values: values).map { .array($0) }
    }
}

extension Space.Box {
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
