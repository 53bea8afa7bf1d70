import Foundation
import Gymnasium
import SwiftProtobuf
import TestSupport
import Testing

@testable import EnvironmentProtocol

@Suite("Arrays on the wire")
struct WireArrayTests {
    @Test(
        "Any bytes of any element type come back, NaN payloads and the largest integers too", arguments: DType.allCases)
    func bytes(dtype: DType) throws {
        var random = SplitMix64(seed: 5)
        for count in 0..<40 {
            let bytes = (0..<count * dtype.byteCount).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let array = try #require(NDArray(dtype: dtype, shape: [count], bytes: bytes))
            let frame = try MessageCodec.encode(WireArray(array), .binary)
            #expect(try MessageCodec.decode(WireArray.self, from: frame, .binary).array() == array)
        }
    }

    @Test("Every element type has its own number on the wire", arguments: DType.allCases)
    func dtypes(dtype: DType) {
        #expect(WireDType(dtype).dtype == dtype)
        #expect(WireDType(dtype) != .unspecified)
    }

    @Test("An unspecified or unknown element type is none", arguments: [WireDType.unspecified, .UNRECOGNIZED(99)])
    func noDType(wire: WireDType) {
        #expect(wire.dtype == nil)
        #expect(throws: SpaceMismatch.self) {
            try WireArray.with {
                $0.dtype = wire
                $0.data = Data([0])
            }.array()
        }
    }

    static let spaces: [(Space, NDArray?)] = [
        (.box(.init(dtype: .float32, shape: [2], low: [0], high: [9])), NDArray([Float(1), 2])),
        (
            .box(.init(dtype: .float64, shape: [2, 1], low: [0], high: [9])),
            .init(dtype: .float64, shape: [2, 1], values: [1, 2])
        ),
        (
            .multiDiscrete(.init(shape: [2], nvec: [9, 9], start: [0, 0])),
            .init(dtype: .int64, shape: [2], values: [1, 2])
        ),
        (.multiBinary(shape: [1, 2]), .init(dtype: .int8, shape: [1, 2], values: [1, 2])),
    ]

    @Test("Bare values take element type and shape from the space", arguments: spaces)
    func bareValues(space: Space, expected: NDArray?) throws {
        let bare = WireArray.with { $0.values = [1, 2] }
        #expect(try bare.array(expecting: space) == expected)
    }

    @Test("Bare values take them from the parts of dict and tuple spaces")
    func bareParts() throws {
        let box = Space.box(.init(dtype: .float32, shape: [1], low: [0], high: [9]))
        let space = Space.dict([.init("a", box), .init("b", .tuple([.discrete(.init(n: 3)), box]))])
        let text = #"""
            {"dict":{"entries":[{"key":"b","value":{"tuple":{"items":[{"array":{"values":[2]}},{"array":{"values":[1]}}]}}},
            {"key":"a","value":{"array":{"values":[4]}}}]}}
            """#
        let wire = try MessageCodec.decode(WireValue.self, from: Data(text.utf8), .json)
        let action = try space.element(from: try wire.value(expecting: space))
        #expect(
            action
                == .dict([
                    .init("a", .array(NDArray([Float(4)]))), .init("b", .tuple([2, .array(NDArray([Float(1)]))])),
                ]))
    }

    @Test("Bare values without a space are float64: one is a scalar, more are a row")
    func bareWithoutSpace() throws {
        #expect(try WireArray.with { $0.values = [7] }.array().shape == [])
        let row = try WireArray.with { $0.values = [7, 8, 9] }.array()
        #expect(row.shape == [3])
        #expect(row.dtype == .float64)
    }

    @Test("Values with a fraction are not taken for integers", arguments: [0.5, -1.25, 1e-9])
    func fraction(value: Double) {
        for space in [Space.multiBinary(shape: [1]), .multiDiscrete(.init(shape: [1], nvec: [3], start: [0]))] {
            let error = #expect(throws: SpaceMismatch.self) {
                try WireArray.with { $0.values = [value] }.array(expecting: space)
            }
            #expect(error?.kind == .type)
        }
    }

    @Test(
        "Gymnasium#1648: whole numbers beyond the element type are out of the space", arguments: [1e39, -1e39, 0x1p64])
    func outOfRange(value: Double) {
        for space in [
            Space.discrete(.init(n: 3)), .multiDiscrete(.init(shape: [1], nvec: [3], start: [0])),
            .box(.init(dtype: .uint64, shape: [1], low: [0], high: [9])),
        ] {
            let error = #expect(throws: SpaceMismatch.self) {
                try WireArray.with { $0.values = [value] }.array(expecting: space)
            }
            #expect(error?.kind == .range)
        }
    }

    static let broken: [WireArray] = [
        .with {
            $0.dtype = .float32
            $0.shape = [2]
            $0.data = Data(count: 7)
        },
        .with {
            $0.dtype = .float32
            $0.shape = [2]
            $0.data = Data(count: 9)
        },
        .with {
            $0.dtype = .float64
            $0.shape = [3]
        },
        .with {
            $0.dtype = .uint8
            $0.shape = [0]
            $0.data = Data(count: 1)
        },
        .with {
            $0.dtype = .uint8
            $0.values = [256]
        },
        .with {
            $0.dtype = .int64
            $0.values = [.nan]
        },
        // The number of elements overflows; of these, only that of bytes.
        .with {
            $0.dtype = .float32
            $0.shape = [.max, .max, .max]
            $0.data = Data(count: 4)
        },
        .with {
            $0.dtype = .float64
            $0.shape = [1 << 31, 1 << 31]
            $0.data = Data(count: 8)
        },
        .with {
            $0.dtype = .float32
            $0.shape = [.max, .max, .max]
            $0.values = [1]
        },
    ]

    @Test("Another number of bytes or values than the shape asks for is refused", arguments: broken)
    func wrongSize(wire: WireArray) {
        #expect(throws: SpaceMismatch.self) { try wire.array() }
    }

    @Test("Data without an element type is refused, unless the space knows it")
    func dataWithoutType() throws {
        let wire = WireArray.with {
            $0.shape = [1]
            $0.data = Data([0, 0, 0x80, 0x3f])
        }
        #expect(throws: SpaceMismatch.self) { try wire.array() }
        #expect(try wire.array(expecting: .box(.init(shape: [1], low: [0], high: [1]))) == NDArray([Float(1)]))
    }

    @Test("Array frames are refused")
    func frames() {
        #expect(throws: SpaceMismatch.self) { try WireArray.with { $0.frame = 0 }.array() }
    }
}
