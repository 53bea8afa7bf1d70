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

    @Test("Values are the bytes of the protocol's messages")
    func messages() throws {
        let long = String(repeating: "ä", count: 300)
        let values: [Value] = [
            .array(NDArray([Float](repeating: 0.5, count: 100))), .array(NDArray([Float]())), .array(NDArray([Int8]())),
            .integer(0), .integer(-1), .integer(.max), .integer(127), .integer(128), .number(0), .number(-.nan),
            .boolean(true), .boolean(false), .text(""), .text(long), .tuple([]), .dict([]),
            .tuple([.dict([Value.Entry("", 1), Value.Entry(long, .tuple([.text(long), 2.5]))]), .tuple([.tuple([])])]),
        ]
        for value in values {
            #expect(try CanonicalBytes.bytes(value) == WireValue(value).serializedData())
        }
        for dtype in DType.allCases {
            for shape in [[], [0], [200, 1], [2, 3, 4]] {
                let count = try #require(NDArray.elementCount(of: shape)) * dtype.byteCount
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
                let value = Value.array(try #require(NDArray(dtype: dtype, shape: shape, bytes: bytes)))
                #expect(try CanonicalBytes.bytes(value) == WireValue(value).serializedData())
            }
        }
        let entries = values.enumerated().map { Value.Entry("key \($0.offset + 10)", $0.element) }
        let dict = WireDictValue.with { $0.entries = WireEntry.list(entries) }
        let info = WireInfo.with {
            $0.entries = entries.map { entry in
                .with {
                    $0.key = entry.key
                    $0.value = WireValue(entry.value)
                }
            }
        }
        #expect(try CanonicalBytes.bytes(info: entries) == info.serializedData())
        #expect(try CanonicalBytes.bytes(arguments: entries) == dict.serializedData())
        let tuple = WireTupleValue.with { $0.items = values.map { WireValue($0) } }
        #expect(try CanonicalBytes.bytes(events: values) == tuple.serializedData())
        let infos = WireTupleValue.with {
            $0.items = [Value.dict([]), .dict(entries), .dict([])].map { WireValue($0) }
        }
        #expect(try CanonicalBytes.bytes(infos: [[], entries.reversed(), []]) == infos.serializedData())
        #expect(CanonicalBytes.bytes(infos: [[], []]) == nil)
        #expect(CanonicalBytes.bytes(events: []) == nil)
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
        #expect(CanonicalBytes.bytes(info: entries) == CanonicalBytes.bytes(info: sorted))
        #expect(CanonicalBytes.bytes(arguments: entries) == CanonicalBytes.bytes(arguments: sorted))
        #expect(try CanonicalBytes.info(CanonicalBytes.bytes(info: entries)) == sorted)
        #expect(try CanonicalBytes.arguments(CanonicalBytes.bytes(arguments: entries)) == sorted)
        #expect(try CanonicalBytes.arguments(Data()) == [])
    }
}
