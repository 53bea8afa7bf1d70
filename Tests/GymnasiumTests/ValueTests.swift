import Testing

@testable import Gymnasium

@Suite("Values")
struct ValueTests {
    @Test("Values of different kinds differ, also when they mean the same number")
    func kinds() {
        let ones: [Value] = [
            1, 1.0, true, "1", .array(NDArray([Int8(1)])), .array(NDArray([Float(1)])), .tuple([1]),
            .dict([.init("1", 1)]),
        ]
        for (index, one) in ones.enumerated() {
            for (other, two) in ones.enumerated() { #expect((one == two) == (index == other), "\(one), \(two)") }
        }
        #expect(Set(ones).count == ones.count)
    }

    @Test("A number is compared as a number: NaN is not itself, and -0 is 0")
    func numbers() {
        #expect(Value.number(.nan) != .number(.nan))
        #expect(Value.number(-0.0) == .number(0))
        #expect(Value.number(-0.0).hashValue == Value.number(0).hashValue)
    }

    @Test("A dictionary's order of filling does not matter; a dict's and a tuple's own order does")
    func order() {
        #expect(Value.dictionary(["b": 2, "a": 1, "ä": 3]) == .dict([.init("a", 1), .init("b", 2), .init("ä", 3)]))
        #expect(Value.dict([.init("a", 1), .init("b", 2)]) != .dict([.init("b", 2), .init("a", 1)]))
        #expect(Value.tuple([1, 2]) != .tuple([2, 1]))
    }

    @Test("A key finds its value in a dict, and nothing anywhere else")
    func keys() {
        let dict = Value.dictionary(["a": 1, "b": .dictionary(["c": "deep"])])
        #expect(dict["a"] == 1)
        #expect(dict["b"]?["c"]?.string == "deep")
        #expect(dict["c"] == nil)
        #expect(Value.tuple([1])["a"] == nil)
    }

    @Test("A double is any single number")
    func doubles() {
        #expect(Value.integer(3).double == 3)
        #expect(Value.number(0.5).double == 0.5)
        #expect(Value.array(NDArray([Float(0.25)])).double == 0.25)
        for value: Value in ["3", true, .tuple([3]), .array(NDArray([Float(1), 2])), .array(NDArray([Float]()))] {
            #expect(value.double == nil)
        }
    }

    @Test("An integer is a whole number that fits")
    func integers() {
        #expect(Value.integer(.min).int == .min)
        #expect(Value.number(-3).int == -3)
        #expect(Value.array(NDArray([Int8(-3)])).int == -3)
        for value: Value in [
            0.5, .number(.nan), .number(.infinity), .number(1e19), "3", true, .array(NDArray([Float(3)])),
        ] {
            #expect(value.int == nil)
        }
    }

    @Test("Each kind has a name for people")
    func names() {
        let values: [Value] = [1, 1.5, true, "t", .tuple([]), .dict([]), .array(NDArray([Float(1)]))]
        #expect(
            values.map(\.kindName)
                == ["an integer", "a floating-point number", "a bool", "text", "a tuple", "a dict", "a float32 array"])
    }
}
