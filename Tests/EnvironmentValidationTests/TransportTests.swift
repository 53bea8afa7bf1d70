import EnvironmentClient
import EnvironmentServer
import EnvironmentValidation
import Foundation
import Testing
import ZeroMQ

/// That the suite passes over tcp, ``ValidationTests`` show.
@Suite("The compliance suite over other transports")
struct TransportTests {
    private let serverKey: CurveSecretKey
    private let keys: ClientKeys

    init() throws {
        serverKey = try .generate()
        keys = ClientKeys(own: try .generate(), server: serverKey.publicKey)
    }

    private func guarded(_ endpoint: String = "tcp://127.0.0.1:0") -> Validated {
        var validated = Validated()
        validated.endpoint = endpoint
        validated.curve = CurveConfiguration(serverKey: serverKey, clients: .only([keys.own.publicKey]))
        validated.keys = keys
        return validated
    }

    private func place() -> String { "ipc:///tmp/validate-\(UUID().uuidString.prefix(13))" }

    /// Why nothing was tried; nil where something was.
    private func refusal(of validated: Validated) async throws -> NothingToValidate? {
        do {
            _ = try await validated.report()
            return nil
        } catch let refusal as NothingToValidate {
            return refusal
        }
    }

    private func expectPass(_ report: ValidationReport) {
        #expect(report.results.filter { $0.verdict.word == "FAIL" }.map(\.text) == [])
        #expect(report.results.count { $0.verdict == .pass } >= report.results.count - 2)
    }

    @Test("passes over ipc")
    func ipc() async throws {
        var validated = Validated()
        validated.endpoint = place()
        expectPass(try await validated.report())
    }

    @Test("passes with keys, over tcp and over ipc")
    func curve() async throws {
        expectPass(try await guarded().report())
        expectPass(try await guarded(place()).report { $0.hasPrefix("request-ids") || $0.hasPrefix("vectors") })
    }

    @Test("report 71: with wrong keys, or none, nothing is tried, and the reason speaks of keys")
    func wrongKeys() async throws {
        let stranger = ClientKeys(own: try .generate(), server: serverKey.publicKey)
        let misled = ClientKeys(own: keys.own, server: try CurveSecretKey.generate().publicKey)
        for wrong in [nil, stranger, misled] {
            var validated = guarded()
            validated.keys = wrong
            validated.patience = 1
            let refusal = try await refusal(of: validated)
            #expect(refusal?.description.contains("no answer") == true)
            #expect(refusal?.description.contains("key") == true)
        }
        var open = Validated()
        open.keys = keys
        open.patience = 1
        let refusal = try await refusal(of: open)
        #expect(refusal?.description.contains("has it keys at all") == true)
    }
}
