import Gymnasium
import Randomness
import TestSupport

/// Random values, spaces, seeds and specs; the same ones for the same seed.
final class Trees {
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    private static let texts = [
        "", "plain", "Grüße", "\u{0}\u{1f}\"\\/", "e\u{301}", "👩‍👩‍👧", "{\"a\":1}", "\r\n\t", "\u{2028}",
    ]
    private static let numbers: [Double] = [
        0, -0.0, 1, -1, 0.1, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity, .nan,
    ]
    private static let integers: [Int64] = [0, 1, -1, .min, .max, 1 << 53, (1 << 53) + 1]

    func value(depth: Int = 3) -> Value {
        switch below(depth > 0 ? 7 : 5) {
        case 0: .array(array())
        case 1: .text(text())
        case 2: .number(number())
        case 3: .integer(integer())
        case 4: .boolean(flip())
        case 5: .dict(entries(depth: depth - 1))
        default: .tuple(list { value(depth: depth - 1) })
        }
    }

    /// Sorted by key, each key once.
    func entries(depth: Int = 2) -> [Value.Entry] {
        keys().map { Value.Entry($0, value(depth: depth)) }
    }

    /// Integers stay within the 53 bits that JSON's numbers hold; floats may be anything.
    func array() -> NDArray {
        let dtype = DType.allCases.randomElement(using: &random) ?? .bool
        let shape = shape()
        let values = (0..<shape.reduce(1, *)).map { _ in element(dtype) }
        return NDArray(dtype: dtype, shape: shape, values: values) ?? NDArray([Float]())
    }

    func space(depth: Int = 3) -> Space {
        let shape = shape()
        let count = shape.reduce(1, *)
        switch below(depth > 0 ? 7 : 5) {
        case 0:
            let dtype = DType.allCases.randomElement(using: &random) ?? .bool
            return .box(Space.Box(dtype: dtype, shape: shape, low: bounds(count), high: bounds(count)))
        case 1: return .discrete(Space.Discrete(n: integer(), start: integer()))
        case 2:
            let sizes = (0..<count).map { _ in integer() }
            let starts = (0..<count).map { _ in integer() }
            return .multiDiscrete(Space.MultiDiscrete(shape: shape, nvec: sizes, start: starts))
        case 3: return .multiBinary(shape: shape)
        case 4: return .text(Space.Text(minLength: below(9), maxLength: below(1 << 20), charset: text()))
        case 5: return .dict(keys().map { Space.Entry($0, space(depth: depth - 1)) })
        default: return .tuple(list { space(depth: depth - 1) })
        }
    }

    func seed() -> Seed {
        Seed(words: (0..<below(13)).map { _ in UInt32(truncatingIfNeeded: random.next()) })
    }

    func spec() -> EnvironmentSpec {
        EnvironmentSpec(
            id: text(), description: text(), rewardThreshold: flip() ? 1.5 : nil, nondeterministic: flip(),
            maxEpisodeSteps: below(1_000), arguments: list { .init(text(), default: value(depth: 2), text()) },
            renderModes: list { text() }, renderFPS: Double(below(60)))
    }

    /// Below 2^53 in magnitude half of the time, else at the ends of the type.
    func integer() -> Int64 {
        flip() ? Int64.random(in: -1_000...1_000, using: &random) : Self.integers[below(Self.integers.count)]
    }

    func number() -> Double {
        flip() ? Double.random(in: -1e9...1e9, using: &random) : Self.numbers[below(Self.numbers.count)]
    }

    func below(_ end: Int) -> Int { Int.random(in: 0..<end, using: &random) }

    private func flip() -> Bool { Bool.random(using: &random) }

    private func text() -> String { Self.texts[below(Self.texts.count)] }

    private func list<Element>(_ make: () -> Element) -> [Element] { (0..<below(4)).map { _ in make() } }

    private func keys() -> [String] { Set(list { text() }).sorted() }

    /// A scalar, or one to three dimensions, some of them 0.
    private func shape() -> [Int] { list { below(4) } }

    private func bounds(_ count: Int) -> [Double] {
        flip() ? [number()].map { $0.isNaN ? 0 : $0 } : (0..<count).map(Double.init)
    }

    private func element(_ dtype: DType) -> Double {
        func whole<Integer: FixedWidthInteger>(_: Integer.Type) -> Double {
            Double(Integer(truncatingIfNeeded: random.next()))
        }
        return switch dtype {
        case .float16, .float32, .float64: number()
        case .bool: Double(below(2))
        case .int8: whole(Int8.self)
        case .int16: whole(Int16.self)
        case .int32: whole(Int32.self)
        case .int64: Double(Int64.random(in: -(1 << 53)...(1 << 53), using: &random))
        case .uint8: whole(UInt8.self)
        case .uint16: whole(UInt16.self)
        case .uint32: whole(UInt32.self)
        case .uint64: Double(UInt64.random(in: 0...(1 << 53), using: &random))
        }
    }
}

extension Value {
    /// Equality in which NaN is itself and -0 is not 0: what a round trip has to keep.
    func isIdentical(to other: Value) -> Bool {
        switch (self, other) {
        case (.number(let one), .number(let two)):
            one.isNaN ? two.isNaN : one.bitPattern == two.bitPattern
        case (.dict(let one), .dict(let two)):
            one.map(\.key) == two.map(\.key) && zip(one, two).allSatisfy { $0.value.isIdentical(to: $1.value) }
        case (.tuple(let one), .tuple(let two)):
            one.count == two.count && zip(one, two).allSatisfy { $0.isIdentical(to: $1) }
        default: self == other
        }
    }
}
