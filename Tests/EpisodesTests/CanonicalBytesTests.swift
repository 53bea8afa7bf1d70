import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf
import Testing

@testable import Episodes

@Suite("Canonical bytes")
struct CanonicalBytesTests {
    @Test(
        "Every kind of space comes back",
        arguments: [
            Space.box(.init(dtype: .uint8, shape: [2, 2], low: [0], high: [255])),
            .box(.init(dtype: .float64, shape: [2], low: [-.infinity, 0], high: [1, .infinity])),
            .box(.init(shape: [], low: [0], high: [1])),
            .box(.init(shape: [0], low: [], high: [])),
            .discrete(.init(n: 5, start: -2)),
            .multiDiscrete(.init(shape: [2], nvec: [3, 4], start: [0, -1])),
            .multiBinary(shape: [2, 3]),
            .text(.init(minLength: 1, maxLength: 8, charset: "aé ")),
            .dict([.init("a", .discrete(.init(n: 2))), .init("b", .tuple([.multiBinary(shape: [1])]))]),
            .tuple([]),
        ])
    func spaces(space: Space) throws {
        let bytes = try CanonicalBytes.bytes(space)
        let decoded = try CanonicalBytes.space(bytes)
        #expect(decoded == space)
        #expect(try CanonicalBytes.bytes(decoded) == bytes)
    }

    @Test("Spaces that make no sense are refused")
    func wrongSpaces() {
        let wrong: [WireSpace] = [
            WireSpace(),
            .with { $0.box.shape = [2] },
            .with {
                $0.box = .with {
                    $0.dtype = .float32
                    $0.shape = [3]
                    $0.low = [0, 0]
                    $0.high = [1]
                }
            },
            .with {
                $0.multiDiscrete = .with {
                    $0.shape = [2]
                    $0.nvec = [3]
                    $0.start = [0, 0]
                }
            },
            .with { $0.tuple.items = [WireSpace()] },
        ]
        for space in wrong {
            #expect(throws: SpaceMismatch.self) { try space.space() }
        }
    }

    @Test(
        "Every kind of value comes back",
        arguments: [
            Value.array(NDArray([Float(1), 2])), .array(NDArray([Float]())), .integer(.min), .number(-0.0), .text(""),
            .tuple([]),
            .dict([]), .boolean(false), .dictionary(["z": .tuple([1, .dict([])]), "a": 0.5]),
        ])
    func values(value: Value) throws {
        #expect(try CanonicalBytes.value(CanonicalBytes.bytes(value)) == value)
    }

    @Test("Scalars and arrays without elements keep type and shape", arguments: DType.allCases)
    func arrays(dtype: DType) throws {
        for shape in [[], [0], [2, 0], [1], [2, 2]] {
            let count = try #require(NDArray.elementCount(of: shape))
            let bytes = [UInt8](repeating: 1, count: count * dtype.byteCount)
            let array = try #require(NDArray(dtype: dtype, shape: shape, bytes: bytes))
            #expect(try CanonicalBytes.value(CanonicalBytes.bytes(.array(array))) == .array(array))
        }
    }

    @Test("Info and arguments are sorted, so their order does not change the bytes")
    func order() throws {
        let entries = [Value.Entry("b", 1), Value.Entry("a", 2)]
        let sorted = Array(entries.reversed())
        #expect(try CanonicalBytes.bytes(info: entries) == CanonicalBytes.bytes(info: sorted))
        #expect(try CanonicalBytes.bytes(arguments: entries) == CanonicalBytes.bytes(arguments: sorted))
        #expect(try CanonicalBytes.info(CanonicalBytes.bytes(info: entries)) == sorted)
        #expect(try CanonicalBytes.arguments(CanonicalBytes.bytes(arguments: entries)) == sorted)
        #expect(try CanonicalBytes.arguments(Data()) == [])
    }
}
