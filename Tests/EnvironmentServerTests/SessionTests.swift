import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import Testing

@testable import EnvironmentServer

struct SessionTests {
    private func session(last: UInt64, reply: Data?) -> Session {
        let session = Session(
            id: "s",
            hosted: HostedEnvironment(
                recorder: nil, memory: SessionMemory(limit: .max), encoder: ReplyEncoder(logger: Logger(label: "test"))),
            leaseEnds: .now)
        session.accept(last, payload: 7)
        if let reply { session.keep(reply, to: last) }
        return session
    }

    @Test("The next id is executed, and so is a request without one", arguments: [0, 4] as [UInt64])
    func executed(id: UInt64) {
        guard case .execute = session(last: 3, reply: nil).admit(id, payload: 1) else {
            Issue.record("request \(id) was not executed")
            return
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

    @Test(
        "Older ids, skipped ids and changed contents are refused",
        arguments: [
            (2, 7, WireErrorReason.staleRequest), (5, 7, .requestGap), (UInt64.max, 7, .requestGap),
            (3, 8, .requestChanged),
        ])
    func refused(id: UInt64, payload: Int, reason: WireErrorReason) {
        guard case .refuse(let error) = session(last: 3, reply: Data()).admit(id, payload: payload) else {
            Issue.record("request \(id) was not refused")
            return
        }
        #expect(error.reason == reason)
        #expect(!error.retryable)
    }

    @Test("A reply is kept for the last id only, and none for requests without one")
    func kept() {
        let session = session(last: 3, reply: nil)
        session.keep(Data([9]), to: 2)
        session.keep(Data([9]), to: 0)
        #expect(session.lastReply == nil)
        session.keep(Data([9]), to: 3)
        session.accept(0, payload: 1)
        guard case .bytes(let bytes) = session.lastReply else {
            Issue.record("no reply is kept")
            return
        }
        #expect(bytes == Data([9]))
    }

    @Test("Payloads that differ in one byte, wherever it is, or in their length have other digests")
    func digests() {
        let payload = (0..<41).map { UInt8($0) }
        func digest(_ bytes: [UInt8]) -> Int { bytes.withUnsafeBytes(Session.digest) }
        #expect(digest(payload) == digest(Array(payload)))
        var digests: Set = [digest(payload), digest(payload.dropLast()), digest(payload + [0]), digest([])]
        for place in payload.indices {
            var other = payload
            other[place] ^= 0x80
            digests.insert(digest(other))
        }
        #expect(digests.count == payload.count + 4)
    }
}
