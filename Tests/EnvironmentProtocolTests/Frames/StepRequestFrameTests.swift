import Foundation
import Gymnasium
import SwiftProtobuf
import TestSupport
import Testing

@testable import EnvironmentProtocol

@Suite("Requests for steps, written and read without the library")
struct StepRequestFrameTests {
    private func request(_ action: WireValue) -> WireRequest {
        .with {
            $0.requestID = 300
            $0.sessionID = "0123456789abcdef"
            $0.deadlineMs = 10_000
            $0.step = .with { $0.action = action }
        }
    }

    @Test(
        "An integer is written as the library writes it, and read from what it has written",
        arguments: [0, 1, -1, 127, 128, .max, .min] as [Int64])
    func integers(action: Int64) throws {
        let bytes = try request(.with { $0.integer = action }).serializedData() as Data
        var writer = FrameWriter()
        writer.stepRequest(300, session: "0123456789abcdef", deadline: 10_000) {
            $0.field(1) { $0.field(6, varint: UInt64(bitPattern: action)) }
        }
        #expect(Data(writer.bytes) == bytes)
        let frame = try #require(bytes.withUnsafeBytes { StepRequestFrame($0) })
        #expect(frame.requestID == 300)
        #expect(frame.isOf(session: Array("0123456789abcdef".utf8)))
        #expect(!frame.isOf(session: Array("0123456789abcdeF".utf8)))
        guard case .integer(action) = frame.action else {
            Issue.record("expected \(action), got \(frame.action)")
            return
        }
    }

    @Test("Arrays are written as the library writes them, and read from what it has written", arguments: 0..<300)
    func arrays(seed: UInt64) throws {
        let array = Trees(seed: seed).array()
        let message = request(WireValue(.array(array)))
        let bytes = try message.serializedData() as Data
        var writer = FrameWriter()
        writer.stepRequest(300, session: "0123456789abcdef", deadline: 10_000) { writer in
            array.bytes.withUnsafeBytes {
                writer.field(1, elements: $0, dtype: array.dtype, shape: array.shape)
            }
        }
        #expect(Data(writer.bytes) == bytes)
        bytes.withUnsafeBytes { bytes in
            // Of an array without elements the library has to say what it is.
            guard let frame = StepRequestFrame(bytes) else {
                #expect(array.bytes.isEmpty)
                return
            }
            #expect(frame.action.message == message.step.action)
        }
    }

    @Test("What is not just a step, or says something twice, is left to the library")
    func others() throws {
        let step = request(.with { $0.integer = 1 })
        var others = [WireRequest(), .with { $0.ping = .init() }]
        for change: (inout WireRequest) -> Void in [
            { $0.nonce = Data([1]) }, { $0.requestID = 0 }, { $0.step = .init() }, { $0.step.action.number = 1 },
            { $0.step.action.array = .with { $0.values = [1] } },
            {
                $0.step.action.array = .with {
                    $0.dtype = .int64
                    $0.data = Data(count: 9)
                }
            },
            {
                $0.step.action.array = .with {
                    $0.dtype = .int64
                    $0.shape = [.max, .max, .max]
                    $0.data = Data(count: 8)
                }
            },
            {
                $0.step.action.array = .with {
                    $0.dtype = .int64
                    $0.data = Data(count: 8)
                    $0.frame = 1
                }
            },
        ] {
            var other = step
            change(&other)
            others.append(other)
        }
        for other in others {
            let bytes = try other.serializedData() as Data
            #expect(bytes.withUnsafeBytes { StepRequestFrame($0) } == nil, "\(other)")
        }
        let bytes = try step.serializedData() as Data
        // A second step joins the first one, and an id that comes again wins.
        for more in [bytes + bytes, bytes + Data([8, 2]), Data([8, 2]) + bytes, Data("{".utf8) + bytes] {
            #expect(more.withUnsafeBytes { StepRequestFrame($0) } == nil)
        }
    }

    @Test("Whatever bytes come, what is read of them is what the library reads", arguments: 0..<40)
    func mutated(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let action = WireValue(.array(Trees(seed: seed).array()))
        let whole = [UInt8](try request(seed % 2 == 0 ? action : .with { $0.integer = 5 }).serializedData() as Data)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                guard let place = bytes.indices.randomElement(using: &random) else { break }
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                case 2: bytes.removeSubrange(place...)
                default: bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            let expected = try? MessageCodec.decode(WireRequest.self, from: Data(bytes), .binary)
            bytes.withUnsafeBytes { bytes in
                guard let frame = StepRequestFrame(bytes) else { return }
                // A session's name that is no UTF-8 is refused by the library, and no session's here.
                guard let expected else {
                    #expect(
                        String(validating: frame.session, as: UTF8.self) == nil, "the library refuses \(Array(bytes))")
                    return
                }
                #expect(frame.requestID == expected.requestID)
                #expect(frame.session.elementsEqual(expected.sessionID.utf8))
                #expect(frame.action.message == expected.step.action)
            }
        }
    }
}

extension StepRequestFrame? {
    fileprivate static func == (frame: StepRequestFrame?, _: _OptionalNilComparisonType) -> Bool {
        if case .none = frame { true } else { false }
    }
}
