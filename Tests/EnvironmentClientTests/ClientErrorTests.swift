import EnvironmentClient
import EnvironmentProtocol
import Foundation
import Testing

@Suite("Errors of the client")
struct ClientErrorTests {
    @Test("Codes and reasons are named as the schema names them", arguments: WireErrorReason.allCases)
    func names(reason: WireErrorReason) throws {
        for code in WireErrorCode.allCases where code != .unspecified && reason != .unspecified {
            let bytes = try MessageCodec.encode(WireError(code, reason, "why"), .json)
            let json = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
            #expect(json["code"] as? String == code.schemaName)
            #expect(json["reason"] as? String == reason.schemaName)
        }
    }

    @Test("Each says what was got and what to do")
    func descriptions() {
        let timeout = ClientError.timeout(
            request: "step", endpoint: "tcp://127.0.0.1:1", seconds: 2.04, advice: "is a server there?")
        #expect("\(timeout)" == "no answer to step from tcp://127.0.0.1:1 within 2.0 s; is a server there?")
        #expect("\(ClientError.closed)".contains("make it again"))
        #expect("\(ClientError.mismatch("both sides"))" == "both sides")
    }
}
