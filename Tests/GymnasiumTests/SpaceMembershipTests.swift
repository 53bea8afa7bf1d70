import Testing

@testable import Gymnasium

@Suite("Which values are elements of a space")
struct SpaceMembershipTests {
    private let discrete = Space.discrete(.init(n: 3))

    private func kind(of value: Value, in space: Space) -> SpaceMismatch.Kind? {
        do {
            _ = try space.element(from: value)
            return nil
        } catch {
            return error.kind
        }
    }

    private func array(_ dtype: DType, _ shape: [Int], _ values: [Double]) throws -> Value {
        .array(try #require(NDArray(dtype: dtype, shape: shape, values: values)))
    }

    @Test("A Discrete space takes integers of any width", arguments: DType.allCases)
    func integers(dtype: DType) throws {
        let two = try array(dtype, [], [2])
        if dtype.isFloatingPoint || dtype == .bool {
            #expect(kind(of: two, in: discrete) == .type)
        } else {
            #expect(try discrete.element(from: two) == .integer(2))
        }
        #expect(try discrete.element(from: .integer(2)) == .integer(2))
    }

    static let strangers: [(Value, SpaceMismatch.Kind)] = [
        (.number(2), .type), (.boolean(true), .type), (.text("2"), .type), (.tuple([2]), .type),
        (.integer(3), .range), (.integer(-1), .range), (.integer(.max), .range), (.integer(.min), .range),
        (.array(NDArray([Int8(1), 1])), .shape), (.array(NDArray([Int8(1)])), .shape),
    ]

    @Test("A Discrete space guesses nothing", arguments: strangers)
    func stranger(value: Value, kind: SpaceMismatch.Kind) {
        #expect(self.kind(of: value, in: discrete) == kind)
    }

    @Test("A Discrete space begins where it says")
    func start() {
        let space = Space.discrete(.init(n: 3, start: -1))
        for integer in Int64(-3)...4 {
            #expect((kind(of: .integer(integer), in: space) == nil) == (-1...1).contains(integer))
        }
    }

    @Test("A MultiDiscrete space takes integers of any width and makes them int64", arguments: DType.allCases)
    func multiDiscrete(dtype: DType) throws {
        let space = Space.multiDiscrete(.init(shape: [2, 2], nvec: [1, 2, 3, 4], start: [0, 0, 0, 10]))
        let value = try array(dtype, [2, 2], [0, 1, 2, 13])
        if dtype.isFloatingPoint || dtype == .bool {
            #expect(kind(of: value, in: space) == .type)
        } else {
            #expect(try space.element(from: value) == array(.int64, [2, 2], [0, 1, 2, 13]))
        }
    }

    @Test("Each element of a MultiDiscrete has bounds of its own")
    func multiDiscreteBounds() throws {
        let space = Space.multiDiscrete(.init(shape: [2], nvec: [2, 3], start: [0, -5]))
        for one in -2...4 {
            for two in -7 ... -1 {
                let value = try array(.int32, [2], [Double(one), Double(two)])
                let isElement = (0..<2).contains(one) && (-5 ..< -2).contains(two)
                #expect(kind(of: value, in: space) == (isElement ? nil : .range), "\(one), \(two)")
            }
        }
        #expect(kind(of: try array(.int64, [1, 2], [0, -5]), in: space) == .shape)
        #expect(kind(of: .integer(0), in: space) == .type)
    }

    @Test("The ends of the integer types are refused like any other integer, to the last digit")
    func extremes() throws {
        let space = Space.multiDiscrete(.init(shape: [1], nvec: [2], start: [1 << 53]))
        let above = NDArray([(1 << 53) + 2], shape: [1])
        #expect(kind(of: .array(above), in: space) == .range)
        let inside = Value.array(NDArray([(1 << 53) + 1], shape: [1]))
        #expect(try space.element(from: inside) == inside)
        let greatest = try #require(NDArray(dtype: .uint64, shape: [1], bytes: [UInt8](repeating: 0xff, count: 8)))
        for target in [space, .multiBinary(shape: [1])] {
            #expect(kind(of: .array(greatest), in: target) == .range)
            #expect(kind(of: .array(NDArray([.min], shape: [1])), in: target) == .range)
        }
    }

    @Test("A MultiBinary space takes zeros and ones, and bools, which are the same to it", arguments: DType.allCases)
    func multiBinary(dtype: DType) throws {
        let space = Space.multiBinary(shape: [3])
        let value = try array(dtype, [3], [0, 1, 1])
        if dtype.isFloatingPoint {
            #expect(kind(of: value, in: space) == .type)
        } else {
            #expect(try space.element(from: value) == array(.int64, [3], [0, 1, 1]))
        }
        guard dtype != .bool else { return }
        #expect(kind(of: try array(dtype, [3], [0, 1, 2]), in: space) == (dtype.isFloatingPoint ? .type : .range))
        #expect(kind(of: try array(dtype, [2], [0, 1]), in: space) == (dtype.isFloatingPoint ? .type : .shape))
    }

    @Test("Text is measured in code points, as in Python")
    func text() throws {
        let space = Space.text(.init(minLength: 2, maxLength: 3, charset: "abü\r\n"))
        for text in ["ab", "aüb", "\r\n", "\r\na"] { #expect(try space.element(from: .text(text)) == .text(text)) }
        for text in ["", "a", "abab", "abc", "AB", "e\u{301}"] { #expect(kind(of: .text(text), in: space) == .range) }
        #expect(kind(of: .integer(1), in: space) == .type)
        #expect(kind(of: "", in: .text(.init(minLength: 3, maxLength: 1, charset: ""))) == .range)
    }

    private let dict = Space.dict([
        .init("count", .discrete(.init(n: 3))), .init("load", .box(.init(shape: [1], low: [0], high: [1]))),
    ])

    @Test("A dict has exactly the space's keys, in any order, and each value is an element of its part")
    func dictionaries() throws {
        let load = Value.array(NDArray([Float(0.5)]))
        let value = Value.dict([.init("load", load), .init("count", 2)])
        #expect(try dict.element(from: value) == .dict([.init("count", 2), .init("load", load)]))
        #expect(kind(of: .dict([.init("count", 2)]), in: dict) == .shape)
        #expect(kind(of: .dict([.init("count", 2), .init("load", load), .init("more", 1)]), in: dict) == .shape)
        #expect(kind(of: .dict([.init("count", 2), .init("count", 2), .init("load", load)]), in: dict) == .shape)
        #expect(kind(of: .dict([.init("count", 3), .init("load", load)]), in: dict) == .range)
        #expect(kind(of: .tuple([2, load]), in: dict) == .type)
    }

    @Test("A tuple has as many items as the space, each an element of its part")
    func tuples() throws {
        let space = Space.tuple([.discrete(.init(n: 3)), dict])
        let inner = Value.dict([.init("count", 1), .init("load", .array(NDArray([Float(1)])))])
        #expect(try space.element(from: .tuple([0, inner])) == .tuple([0, inner]))
        #expect(kind(of: .tuple([0]), in: space) == .shape)
        #expect(kind(of: .tuple([0, inner, 0]), in: space) == .shape)
        #expect(kind(of: .tuple([inner, 0]), in: space) == .type)
        #expect(kind(of: .dict([]), in: space) == .type)
    }
}
