import Foundation
import Gymnasium
import SwiftProtobuf
import Testing

@testable import EnvironmentProtocol

@Suite("Errors on the wire")
struct WireErrorTests {
    static let table: [(EnvironmentError.Reason, WireErrorCode, WireErrorReason)] = [
        (.unknownID, .notFound, .unknownEnvID),
        (.badArgument(name: "scenario"), .invalidArgument, .badArgument),
        (.farmBusy, .resourceExhausted, .farmBusy),
        (.backendUnavailable, .unavailable, .backendUnavailable),
        (.unsupported, .unimplemented, .capabilityMissing),
        (.resetNeeded, .failedPrecondition, .resetNeeded),
        (.actionShape, .invalidArgument, .actionShape),
        (.actionType, .invalidArgument, .actionDtype),
        (.actionOutOfSpace, .invalidArgument, .actionOutOfSpace),
        (.crashed, .internal, .envCrashed),
    ]

    @Test("Each reason of an environment has its code and reason on the wire", arguments: table)
    func mapping(reason: EnvironmentError.Reason, code: WireErrorCode, wireReason: WireErrorReason) {
        let wire = WireError(EnvironmentError(reason, "what was got"))
        #expect(wire.code == code)
        #expect(wire.reason == wireReason)
        #expect(wire.message == "what was got")
        #expect(!wire.retryable)
        #expect(wire.field == (reason == .badArgument(name: "scenario") ? "scenario" : ""))
    }

    @Test("An error with a time to wait is retryable, any other is not", arguments: [0, 250, Int.max])
    func retryable(milliseconds: Int) {
        let wire = WireError(EnvironmentError(.farmBusy, "taken", retryAfterMilliseconds: milliseconds))
        #expect(wire.retryable)
        #expect(wire.retryAfterMs == UInt32(clamping: milliseconds))
    }

    @Test("A refused action says why, names the action, and that nothing was stepped")
    func actions() {
        let kinds: [(SpaceMismatch.Kind, WireErrorReason)] = [
            (.type, .actionDtype), (.shape, .actionShape), (.range, .actionOutOfSpace),
        ]
        for (kind, reason) in kinds {
            let wire = WireError(action: SpaceMismatch(kind, "expected 3, got 4"))
            #expect(wire.code == .invalidArgument)
            #expect(wire.reason == reason)
            #expect(wire.field == "action")
            #expect(wire.message.contains("expected 3, got 4"))
            #expect(wire.message.contains("nothing was stepped"))
        }
    }

    @Test("Every code and reason comes back, in both encodings", arguments: [MessageEncoding.binary, .json])
    func roundTrip(encoding: MessageEncoding) throws {
        for code in WireErrorCode.allCases {
            for reason in WireErrorReason.allCases {
                let wire = WireError(code, reason, "m", field: "f", retryAfterMilliseconds: 7)
                let frame = try MessageCodec.encode(WireReply.with { $0.error = wire }, encoding)
                let back = try MessageCodec.decode(WireReply.self, from: frame, encoding).error
                #expect(back == wire)
            }
        }
    }
}
