import EnvironmentClient
import EnvironmentServer
import Foundation
import Gymnasium
import Testing
import ZeroMQ

@Suite("Encrypted remote environments")
struct ClientKeysTests {
    private let serverKey: CurveSecretKey
    private let keys: ClientKeys

    init() throws {
        serverKey = try .generate()
        keys = ClientKeys(own: try .generate(), server: serverKey.publicKey)
    }

    private var guarded: Served {
        var served = Served()
        served.curve = CurveConfiguration(serverKey: serverKey, clients: .only([keys.own.publicKey]))
        return served
    }

    @Test("a client with its keys steps like a local vector")
    func steps() async throws {
        try await guarded { [keys] client in
            var client = client
            client.keys = keys
            try Twins(client, .counting(3)).run(steps: 12)
        }
    }

    @Test("report 71: without keys, or with others, the timeout's text speaks of keys, and the right ones work after")
    func refused() async throws {
        let stranger = ClientKeys(own: try .generate(), server: serverKey.publicKey)
        let misled = ClientKeys(own: keys.own, server: try CurveSecretKey.generate().publicKey)
        try await guarded { [keys] client in
            var client = client
            client.patienceSeconds = 0.5
            for wrong in [nil, stranger, misled] {
                client.keys = wrong
                let configuration = client
                let error = #expect(throws: ClientError.self) {
                    _ = try RemoteVector(configuration, make: .counting(1))
                }
                guard case .timeout(_, _, _, let advice) = error else {
                    Issue.record("expected a time-out, got \(String(describing: error))")
                    return
                }
                #expect(advice.contains("key"))
                #expect(error?.description.hasSuffix(advice) == true)
            }
            client.patienceSeconds = 60
            client.keys = keys
            let vector = try RemoteVector(client, make: .counting(1))
            vector.closeNow()
        }
    }
}
