import Testing
import ZeroMQ

@testable import EnvironmentServer

@Suite("What the log says of peers that are not let in")
struct AdmissionLogTests {
    private let key: CurvePublicKey
    private let start = ContinuousClock.now

    init() throws {
        key = try CurveSecretKey.generate().publicKey
    }

    @Test("Every kind of failure has a text of its own, with and without keys, and says what to do")
    func texts() throws {
        for serverKey in [key, nil] {
            var log = AdmissionLog(serverKey: serverKey)
            var texts: Set<String> = []
            for failure in HandshakeFailure.allCases {
                let text = log.failed(failure, at: start)
                #expect((text == nil) == (failure == .refusedKey))
                texts.insert(text ?? "")
            }
            #expect(texts.count == HandshakeFailure.allCases.count)
            #expect(texts.contains { $0.contains("server_key") })
            #expect(texts.contains { $0.contains(key.text) } == (serverKey != nil))
        }
    }

    @Test("A kind is told at once, then once a minute with how many there were")
    func interval() throws {
        var log = AdmissionLog(serverKey: key)
        let first = log.failed(.wrongKey, at: start)
        #expect(first != nil)
        for second in 1..<60 {
            let again = log.failed(.wrongKey, at: start + .seconds(second))
            #expect(again == nil)
        }
        // Another kind is not held back by the first.
        let other = log.failed(.mechanismMismatch, at: start + .seconds(30))
        #expect(other != nil)
        let later = log.failed(.wrongKey, at: start + .seconds(60))
        #expect(later == (first ?? "") + " (and 59 times since this was last said)")
        let last = log.failed(.wrongKey, at: start + .seconds(121))
        #expect(last == first)
    }

    @Test("A refused key is told once, with where it came from")
    func refusedOnce() throws {
        var log = AdmissionLog(serverKey: key)
        let applicant = CurveAuthenticator.Applicant(key: try CurveSecretKey.generate().publicKey, address: "192.0.2.7")
        let first = log.refused(applicant)
        #expect(first?.contains(applicant.key.text) == true)
        #expect(first?.contains("192.0.2.7") == true)
        let second = log.refused(applicant)
        #expect(second == nil)
    }

    @Test("Keys without number do not fill the memory")
    func bounded() throws {
        var log = AdmissionLog(serverKey: key)
        var told = 0
        for _ in 0..<AdmissionLog.maxKeys + 50 {
            let applicant = CurveAuthenticator.Applicant(key: try CurveSecretKey.generate().publicKey, address: "")
            if log.refused(applicant) != nil { told += 1 }
        }
        #expect(told == AdmissionLog.maxKeys)
    }
}
