/// An observation, action, argument or piece of info in tree form.
///
/// Trees exist at the edges only (the wire, Dict and Tuple spaces, info); stepping many environments uses flat buffers.
public indirect enum Value: Sendable, Hashable {
    case array(NDArray)
    /// Keys in ascending order, so that equal content is equal bytes on the wire. Use ``dictionary(_:)`` to make one.
    case dict([Entry])
    case tuple([Value])
    case text(String)
    case number(Double)
    case integer(Int64)
    case boolean(Bool)

    /// A key with its value.
    public struct Entry: Sendable, Hashable {
        public let key: String
        public let value: Value

        public init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// A dict whose entries are brought into key order.
    public static func dictionary(_ entries: [String: Value]) -> Value {
        .dict(entries.sorted { $0.key < $1.key }.map { Entry($0.key, $0.value) })
    }

    /// The value of `key` in a dict; nil when there is none, or this is not a dict.
    public subscript(key: String) -> Value? {
        guard case .dict(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The number this is, of whichever numeric kind: number, integer, or an array of one element.
    public var double: Double? {
        switch self {
        case .number(let value): value
        case .integer(let value): Double(value)
        case .array(let array) where array.elementCount == 1: array.doubles.first
        default: nil
        }
    }

    /// The integer this is: an integer, an integer array of one element, or a number without a fraction.
    public var int: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        case .array(let array): array.singleInteger
        default: nil
        }
    }

    /// The text this is.
    public var string: String? {
        if case .text(let value) = self { value } else { nil }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension [Value.Entry] {
    /// The value of a key; nil when there is none.
    public subscript(_ key: String) -> Value? { first { $0.key == key }?.value }
}
