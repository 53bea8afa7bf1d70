import Testing

@testable import Gymnasium

@Suite("Which values are elements of a Box")
struct BoxMembershipTests {
    private func isElement(_ value: Value, of space: Space) -> Bool {
        (try? space.element(from: value)) != nil
    }

    private func array(_ dtype: DType, _ shape: [Int], _ values: [Double]) throws -> Value {
        .array(try #require(NDArray(dtype: dtype, shape: shape, values: values)))
    }

    @Test("Floats go into float boxes, integers into integer boxes, bools into bool boxes", arguments: DType.allCases)
    func types(dtype: DType) throws {
        let box = Space.box(.init(dtype: dtype, shape: [2], low: [0], high: [1]))
        func family(_ dtype: DType) -> Int { dtype.isFloatingPoint ? 0 : dtype == .bool ? 1 : 2 }
        for other in DType.allCases {
            let value = try array(other, [2], [0, 1])
            if family(other) == family(dtype) {
                #expect(try box.element(from: value) == array(dtype, [2], [0, 1]))
            } else {
                let error = #expect(throws: SpaceMismatch.self) { try box.element(from: value) }
                #expect(error?.kind == .type)
            }
        }
    }

    @Test("Both bounds belong to the box, nothing beyond them does", arguments: DType.allCases)
    func bounds(dtype: DType) throws {
        let box = Space.box(.init(dtype: dtype, shape: [1], low: [0], high: [1]))
        for inside in [0.0, 1] { #expect(isElement(try array(dtype, [1], [inside]), of: box)) }
        for outside in [-1.0, 2] {
            // A bool and an unsigned integer cannot be so.
            guard let value = NDArray(dtype: dtype, shape: [1], values: [outside]), value.doubles == [outside] else {
                continue
            }
            #expect(!isElement(.array(value), of: box))
        }
    }

    @Test("Each element has bounds of its own, which may be infinite")
    func ownBounds() throws {
        let box = Space.box(.init(shape: [2], low: [0, -.infinity], high: [1, .infinity]))
        #expect(isElement(.array(NDArray([Float(1), -1e30])), of: box))
        #expect(isElement(.array(NDArray([0, Float.infinity])), of: box))
        #expect(!isElement(.array(NDArray([2, Float(0)])), of: box))
        #expect(!isElement(.array(NDArray([0, Float.nan])), of: box))
    }

    @Test("Another shape is refused, with as many elements too", arguments: [[4], [1, 4], [2, 2, 1], [], [2]])
    func shapes(shape: [Int]) throws {
        let box = Space.box(.init(shape: [2, 2], low: [0], high: [1]))
        let value = try array(.float32, shape, [Double](repeating: 0, count: shape.reduce(1, *)))
        let error = #expect(throws: SpaceMismatch.self) { try box.element(from: value) }
        #expect(error?.kind == .shape)
    }

    @Test("An empty box has one element")
    func empty() throws {
        let box = Space.box(.init(shape: [0, 3], low: [], high: []))
        #expect(isElement(try array(.float32, [0, 3], []), of: box))
    }

    @Test("A scalar box takes bare numbers; one of integers takes no number with or without a fraction")
    func scalars() throws {
        let floats = Space.box(.init(shape: [], low: [0], high: [9]))
        #expect(try floats.element(from: .number(0.5)) == array(.float32, [], [0.5]))
        #expect(try floats.element(from: .integer(5)) == array(.float32, [], [5]))
        let integers = Space.box(.init(dtype: .int16, shape: [], low: [0], high: [9]))
        #expect(try integers.element(from: .integer(5)) == array(.int16, [], [5]))
        for value in [Value.number(0.5), .number(5), .integer(10), .integer(1 << 40), .boolean(true)] {
            #expect(!isElement(value, of: integers))
        }
    }

    @Test("What fits the bounds and not the element type is refused")
    func conversion() throws {
        let box = Space.box(.init(dtype: .uint8, shape: [1], low: [-.infinity], high: [.infinity]))
        #expect(isElement(try array(.int64, [1], [255]), of: box))
        for value in [-1.0, 256] {
            let error = #expect(throws: SpaceMismatch.self) { try box.element(from: array(.int64, [1], [value])) }
            #expect(error?.kind == .range)
        }
    }
}
