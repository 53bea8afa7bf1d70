import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import Testing

@testable import EnvironmentServer

struct SessionTests {
    private func session(last: UInt64, reply: Data?) -> Session {
        var session = Session(
            hosted: HostedEnvironment(recorder: nil, logger: Logger(label: "test")), actionSpace: .discrete(.init(n: 3)),
            leaseEnds: .now)
        session.lastRequestID = last
        session.lastPayload = 7
        session.lastReply = reply
        return session
    }

    @Test("The next id is executed, and so is a request without one")
    func executed() {
        for id in [0, 4] as [UInt64] {
            guard case .execute = session(last: 3, reply: nil).admit(id, payload: 1) else {
                Issue.record("request \(id) was not executed")
                continue
            }
        }
    }

    @Test("The last id again gets the stored bytes, or waits for them")
    func repeated() {
        guard case .resend(let bytes) = session(last: 3, reply: Data([1, 2])).admit(3, payload: 7) else {
            Issue.record("the stored reply was not sent")
            return
        }
        #expect(bytes == Data([1, 2]))
        guard case .wait = session(last: 3, reply: nil).admit(3, payload: 7) else {
            Issue.record("a request under way was not waited for")
            return
        }
    }

    @Test("Older ids, skipped ids and changed contents are refused", arguments: [
        (2, 7, WireErrorReason.staleRequest), (5, 7, .requestGap), (3, 8, .requestChanged),
    ])
    func refused(id: UInt64, payload: Int, reason: WireErrorReason) {
        guard case .refuse(let error) = session(last: 3, reply: Data()).admit(id, payload: payload) else {
            Issue.record("request \(id) was not refused")
            return
        }
        #expect(error.reason == reason)
    }

    @Test("Only loopback and ipc are served without permission", arguments: [
        ("tcp://127.0.0.1:0", true), ("tcp://localhost:1", true), ("ipc:///run/x", true), ("tcp://0.0.0.0:1", false), ("tcp://*:1", false),
        ("tcp://10.0.0.1:1", false),
    ])
    func endpoints(endpoint: String, isServed: Bool) {
        var configuration = EnvironmentServerConfiguration()
        configuration.endpoint = endpoint
        let isAccepted = (try? configuration.checkEndpoint()) != nil
        #expect(isAccepted == isServed)
    }
}
