/// Why a value is not an element of a space.
public struct SpaceMismatch: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// Another kind of value, or another element type.
        case type
        /// Another number of dimensions or elements.
        case shape
        /// The right kind and shape, outside the bounds.
        case range
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

extension Space {
    /// Checks that `value` is an element of this space, and returns it in the space's own form: integers of whichever
    /// width become int64 arrays, bare numbers become arrays of the space's element type.
    ///
    /// A floating-point number is never taken for an integer, nor a bool for a number: what is not meant is not guessed.
    public func element(from value: Value) throws(SpaceMismatch) -> Value {
        switch self {
        case .box(let box): return .array(try box.element(from: value))
        case .discrete(let discrete): return .integer(try discrete.element(from: value))
        case .multiDiscrete(let space):
            return .array(
                try Space.integers(value, shape: space.shape) {
                    (space.start[$0], space.start[$0] &+ (space.nvec[$0] &- 1))
                })
        case .multiBinary(let shape):
            return .array(try Space.integers(value, shape: shape, takesBools: true) { _ in (0, 1) })
        case .text(let space):
            guard case .text(let text) = value else {
                throw SpaceMismatch(.type, "expected text, got \(value.kindName)")
            }
            // Characters are code points, as in Python.
            let count = text.unicodeScalars.count
            guard count >= space.minLength, count <= space.maxLength else {
                throw SpaceMismatch(
                    .range, "expected \(space.minLength) to \(space.maxLength) characters, got \(count)")
            }
            let charset = Set(space.charset.unicodeScalars)
            if let stranger = text.unicodeScalars.first(where: { !charset.contains($0) }) {
                throw SpaceMismatch(.range, "the character \"\(stranger)\" is not in the space's charset")
            }
            return value
        case .dict(let entries):
            guard case .dict(let got) = value else {
                throw SpaceMismatch(.type, "expected a dict, got \(value.kindName)")
            }
            guard got.map(\.key).sorted() == entries.map(\.key).sorted() else {
                throw SpaceMismatch(.shape, "expected the keys \(entries.map(\.key)), got \(got.map(\.key))")
            }
            var elements: [Value.Entry] = []
            for entry in entries {
                guard let part = value[entry.key] else { continue }
                elements.append(Value.Entry(entry.key, try entry.space.element(from: part)))
            }
            return .dict(elements)
        case .tuple(let spaces):
            guard case .tuple(let items) = value else {
                throw SpaceMismatch(.type, "expected a tuple, got \(value.kindName)")
            }
            guard items.count == spaces.count else {
                throw SpaceMismatch(.shape, "expected \(spaces.count) items, got \(items.count)")
            }
            var elements: [Value] = []
            for (space, item) in zip(spaces, items) { elements.append(try space.element(from: item)) }
            return .tuple(elements)
        }
    }

    /// - Parameter bounds: the lowest and the highest value of the element at an index.
    private static func integers(
        _ value: Value, shape: [Int], takesBools: Bool = false, bounds: (Int) -> (low: Int64, high: Int64)
    ) throws(SpaceMismatch) -> NDArray {
        guard case .array(let array) = value else {
            throw SpaceMismatch(.type, "expected an integer array, got \(value.kindName)")
        }
        let isBool = array.dtype == .bool
        guard !array.dtype.isFloatingPoint, takesBools || !isBool else {
            throw SpaceMismatch(.type, "expected an integer array, got \(array.dtype.rawValue)")
        }
        guard array.shape == shape else { throw SpaceMismatch(.shape, "expected shape \(shape), got \(array.shape)") }
        guard let elements = isBool ? array.bytes.map(Int64.init) : array.integers else {
            throw SpaceMismatch(.range, "an element does not fit int64")
        }
        for (index, element) in elements.enumerated() {
            let (low, high) = bounds(index)
            guard element >= low, element <= high else {
                throw SpaceMismatch(.range, "element \(index) is \(element), expected \(low) to \(high)")
            }
        }
        return NDArray(elements, shape: shape)
    }
}

extension Space.Discrete {
    func element(from value: Value) throws(SpaceMismatch) -> Int64 {
        let integer: Int64
        switch value {
        case .integer(let got): integer = got
        case .array(let array):
            guard array.shape.isEmpty || array.elementCount != 1 else {
                throw SpaceMismatch(.shape, "expected a scalar integer, got an array of shape \(array.shape)")
            }
            guard array.elementCount == 1 else {
                throw SpaceMismatch(.shape, "expected one integer, got an array of shape \(array.shape)")
            }
            guard let got = array.singleInteger else {
                throw SpaceMismatch(.type, "expected an integer, got \(array.dtype.rawValue)")
            }
            integer = got
        default: throw SpaceMismatch(.type, "expected an integer, got \(value.kindName)")
        }
        // A space of somebody else's may end where Int64 does, or have no elements.
        guard integer >= start, n > 0, UInt64(bitPattern: integer &- start) < UInt64(n) else {
            throw SpaceMismatch(.range, "expected an integer from \(start) to \(start &+ (n &- 1)), got \(integer)")
        }
        return integer
    }
}

extension Space.Box {
    func element(from value: Value) throws(SpaceMismatch) -> NDArray {
        let array: NDArray
        switch value {
        case .array(let got): array = got
        case .number where !dtype.isFloatingPoint:
            throw SpaceMismatch(.type, "expected \(dtype.rawValue), got \(value.kindName)")
        case .number, .integer:
            guard let scalar = NDArray(dtype: dtype, shape: [], values: [value.double ?? .nan]) else {
                throw SpaceMismatch(.range, "the number does not fit \(dtype.rawValue)")
            }
            array = scalar
        default: throw SpaceMismatch(.type, "expected a \(dtype.rawValue) array, got \(value.kindName)")
        }
        guard array.shape == shape else { throw SpaceMismatch(.shape, "expected shape \(shape), got \(array.shape)") }
        guard dtype.isFloatingPoint == array.dtype.isFloatingPoint, (dtype == .bool) == (array.dtype == .bool) else {
            throw SpaceMismatch(.type, "expected \(dtype.rawValue), got \(array.dtype.rawValue)")
        }
        let elements = array.doubles
        for (index, element) in elements.enumerated() {
            let lowest = low.count == 1 ? low[0] : low[index]
            let highest = high.count == 1 ? high[0] : high[index]
            guard element >= lowest, element <= highest else {
                throw SpaceMismatch(.range, "element \(index) is \(element), expected \(lowest) to \(highest)")
            }
        }
        guard array.dtype != dtype else { return array }
        guard let converted = NDArray(dtype: dtype, shape: shape, values: elements) else {
            throw SpaceMismatch(.range, "an element does not fit \(dtype.rawValue)")
        }
        return converted
    }
}

extension Value {
    /// What kind of value this is, for messages to people.
    public var kindName: String {
        switch self {
        case .array(let array): "a \(array.dtype.rawValue) array"
        case .dict: "a dict"
        case .tuple: "a tuple"
        case .text: "text"
        case .number: "a floating-point number"
        case .integer: "an integer"
        case .boolean: "a bool"
        }
    }
}
