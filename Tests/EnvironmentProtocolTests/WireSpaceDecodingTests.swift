import Gymnasium
import SwiftProtobuf
import Testing

@testable import EnvironmentProtocol

@Suite("Spaces that the wire describes badly")
struct WireSpaceDecodingTests {
    static let broken: [(WireSpace, SpaceMismatch.Kind)] = [
        (WireSpace(), .type),
        (.with { $0.tuple.items = [WireSpace()] }, .type),
        (.with { $0.dict.entries = [.with { $0.key = "k" }] }, .type),
        (.with { $0.box.shape = [2] }, .type),
        (.with { $0.box.dtype = .UNRECOGNIZED(77) }, .type),
        (
            .with {
                $0.box.dtype = .float32
                $0.box.shape = [2]
            }, .shape
        ),
        (
            .with {
                $0.box.dtype = .float32
                $0.box.shape = [3]
                $0.box.low = [0, 0]
                $0.box.high = [1]
            }, .shape
        ),
        (
            .with {
                $0.box.dtype = .float32
                $0.box.shape = [.max, .max, .max]
                $0.box.low = [0]
                $0.box.high = [1]
            }, .shape
        ),
        (
            .with {
                $0.multiDiscrete.shape = [2]
                $0.multiDiscrete.nvec = [3]
                $0.multiDiscrete.start = [0, 0]
            }, .shape
        ),
        (
            .with {
                $0.multiDiscrete.shape = [.max, .max, .max]
                $0.multiDiscrete.nvec = [3]
                $0.multiDiscrete.start = [0]
            }, .shape
        ),
        (.with { $0.multiBinary.shape = [.max, .max, .max] }, .shape),
        (.with { $0.multiBinary.shape = [1 << 15, 1 << 15] }, .shape),
        (
            // As many bytes as overflow, of elements that do not.
            .with {
                $0.box.dtype = .float64
                $0.box.shape = [1 << 31, 1 << 30]
                $0.box.low = [0]
                $0.box.high = [1]
            }, .shape
        ),
    ]

    @Test("Each is a typed refusal", arguments: broken)
    func refused(wire: WireSpace, kind: SpaceMismatch.Kind) {
        let error = #expect(throws: SpaceMismatch.self) { try wire.space() }
        #expect(error?.kind == kind)
    }

    @Test("Bounds that differ in the sign of a zero only are not made one", arguments: [[0.0, -0.0], [-0.0, 0.0]])
    func signedZeros(low: [Double]) throws {
        let wire = WireSpace(.box(.init(shape: [2], low: low, high: [1, 1])))
        #expect(wire.box.low.map(\.sign) == low.map(\.sign))
        #expect(wire.box.high == [1])
    }

    @Test("One bound serves all elements")
    func sharedBound() throws {
        let wire = WireSpace.with {
            $0.box.dtype = .float32
            $0.box.shape = [2]
            $0.box.low = [-.infinity]
            $0.box.high = [1, 2]
        }
        let space = Space.box(.init(shape: [2], low: [-.infinity], high: [1, 2]))
        #expect(try wire.space() == space)
    }
}
