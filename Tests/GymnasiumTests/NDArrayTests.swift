import Testing

@testable import Gymnasium

@Suite("Arrays")
struct NDArrayTests {
    @Test("Elements are little-endian, as NumPy's tobytes() gives them")
    func littleEndian() throws {
        let one: [(DType, [UInt8])] = [
            (.float16, [0, 0x3c]), (.float32, [0, 0, 0x80, 0x3f]), (.float64, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]),
            (.int8, [1]), (.int16, [1, 0]), (.int32, [1, 0, 0, 0]), (.int64, [1, 0, 0, 0, 0, 0, 0, 0]),
            (.uint8, [1]), (.uint16, [1, 0]), (.uint32, [1, 0, 0, 0]), (.uint64, [1, 0, 0, 0, 0, 0, 0, 0]),
            (.bool, [1]),
        ]
        #expect(one.count == DType.allCases.count)
        for (dtype, bytes) in one {
            let array = try #require(NDArray(dtype: dtype, shape: [], values: [1]))
            #expect(array.bytes == bytes)
            #expect(array.bytes.count == dtype.byteCount)
            #expect(array.doubles == [1])
        }
    }

    static let ranges: [(DType, Double, Double)] = [
        (.int8, -128, 127), (.int16, -32_768, 32_767), (.int32, -2_147_483_648, 2_147_483_647),
        (.uint8, 0, 255), (.uint16, 0, 65_535), (.uint32, 0, 4_294_967_295),
        // The greatest doubles below 2^63 and 2^64.
        (.int64, -9_223_372_036_854_775_808, 9_223_372_036_854_774_784), (.uint64, 0, 18_446_744_073_709_549_568),
    ]

    @Test("An integer type holds its whole range and nothing else", arguments: ranges)
    func integerRanges(dtype: DType, lowest: Double, highest: Double) throws {
        let array = try #require(NDArray(dtype: dtype, shape: [2], values: [lowest, highest]))
        #expect(array.doubles == [lowest, highest])
        let beyond = [lowest - max(1, lowest.ulp), highest + max(1, highest.ulp), .nan, .infinity, -.infinity]
        for value in beyond { #expect(NDArray(dtype: dtype, shape: [], values: [value]) == nil, "\(value)") }
        #expect(NDArray(dtype: dtype, shape: [], values: [1.9])?.doubles == [1])
    }

    @Test(
        "A float type keeps what it can represent, and NaN and the infinities",
        arguments: [DType.float16, .float32, .float64])
    func floats(dtype: DType) throws {
        let values = [0, -0.0, 0.5, -2, 1_024, .infinity, -.infinity]
        let array = try #require(NDArray(dtype: dtype, shape: [7], values: values))
        #expect(array.doubles.map(\.bitPattern) == values.map(\.bitPattern))
        #expect(NDArray(dtype: dtype, shape: [], values: [.nan])?.doubles.first?.isNaN == true)
    }

    @Test("A bool is 0 or 1")
    func bools() {
        #expect(NDArray(dtype: .bool, shape: [4], values: [0, 1, 2, -0.5])?.bytes == [0, 1, 1, 1])
    }

    static let badShapes: [[Int]] = [
        [3], [2, 2], [-1], [-1, -2], [Int.max, 2], [Int.max], [1 << 62], [1 << 31, 1 << 31],
    ]

    @Test("Another number of bytes or values than the shape asks for is refused, however large", arguments: badShapes)
    func badShape(shape: [Int]) {
        for dtype in DType.allCases {
            #expect(
                NDArray(dtype: dtype, shape: shape, bytes: [UInt8](repeating: 0, count: 2 * dtype.byteCount)) == nil)
            #expect(NDArray(dtype: dtype, shape: shape, values: [0, 0]) == nil)
        }
    }

    @Test("A part of an element is refused")
    func partOfElement() {
        #expect(NDArray(dtype: .float32, shape: [1], bytes: [0, 0, 0, 0, 0]) == nil)
        #expect(NDArray(dtype: .float32, shape: [1], bytes: [0, 0, 0]) == nil)
    }

    @Test("A scalar has one element, a dimension of 0 none")
    func counts() {
        #expect(NDArray.elementCount(of: []) == 1)
        #expect(NDArray.elementCount(of: [3, 0, 2]) == 0)
        #expect(NDArray.elementCount(of: [2, 3, 4]) == 24)
        #expect(NDArray(dtype: .int32, shape: [0], bytes: [])?.elementCount == 0)
        #expect(NDArray([Float(1), 2]).shape == [2])
        #expect(NDArray([Int8(-1)]).bytes == [0xff])
    }

    @Test("Integers are exact where they fit int64, and only there", arguments: DType.allCases)
    func integers(dtype: DType) throws {
        let array = try #require(NDArray(dtype: dtype, shape: [2], values: [0, 1]))
        let isInteger = !dtype.isFloatingPoint && dtype != .bool
        #expect(array.integers == (isInteger ? [0, 1] : nil))
        #expect(array.singleInteger == nil)
        let scalar = try #require(NDArray(dtype: dtype, shape: [1, 1], values: [1]))
        #expect(scalar.singleInteger == (isInteger ? 1 : nil))
    }

    @Test("The ends of int64 keep their digits; what is beyond is no integer here")
    func extremes() {
        #expect(NDArray([.min, .max], shape: [2]).integers == [.min, .max])
        let ones = [UInt8](repeating: 0xff, count: 8)
        #expect(NDArray(dtype: .uint64, shape: [1], bytes: ones)?.integers == nil)
        #expect(NDArray(dtype: .uint64, shape: [1], bytes: ones)?.singleInteger == nil)
        #expect(NDArray(dtype: .int64, shape: [1], bytes: ones)?.singleInteger == -1)
    }

    @Test("Arrays are equal when type, shape and bytes are: NaN equals itself, -0 is not 0")
    func equality() {
        #expect(NDArray([Float.nan]) == NDArray([Float.nan]))
        #expect(NDArray([Float(0)]) != NDArray([Float(-0.0)]))
        #expect(NDArray(dtype: .int8, shape: [1], bytes: [1]) != NDArray(dtype: .uint8, shape: [1], bytes: [1]))
        #expect(NDArray(dtype: .int8, shape: [1], bytes: [1]) != NDArray(dtype: .int8, shape: [], bytes: [1]))
    }
}
