import Foundation
import Logging
import Steering
import Testing

@testable import KEDAScaler

/// Where KEDA's scaler listens, and where it refuses to.
@Suite struct KEDAListenerTests {
    private func pem() throws -> String {
        let path = NSTemporaryDirectory() + "keda-\(UUID().uuidString).pem"
        try "-----BEGIN CERTIFICATE-----\n".write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("loopback needs no TLS", arguments: ["127.0.0.1:9300", "localhost:0", "[::1]:9300", "127.8.9.1:1"])
    func loopback(_ text: String) throws {
        #expect(try KEDAListener(text).tls == nil)
    }

    @Test(
        "any other address is refused without certificate, key and client CA",
        arguments: ["0.0.0.0:9300", "[::]:9300", "10.0.0.1:9300", "[::ffff:127.0.0.1]:9300"])
    func elsewhere(_ text: String) throws {
        let refusal = #expect(throws: KEDAScalerError.self) { try KEDAListener(text) }
        #expect(refusal?.kind == .tls)
        #expect(refusal?.description.contains("client CA") == true)
        let file = try pem()
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(throws: KEDAScalerError.self) { try KEDAListener(text, certificate: file, key: file) }
        #expect(try KEDAListener(text, certificate: file, key: file, clients: file).tls != nil)
    }

    @Test(
        "what is no address is refused",
        arguments: ["", "9300", "127.0.0.1", "127.example.org:9300", "127.0.0.1:70000"])
    func noAddress(_ text: String) {
        #expect(#expect(throws: KEDAScalerError.self) { try KEDAListener(text) }?.kind == .address)
    }

    @Test("some of the files without the others, one that is not there and one that is no PEM are refused")
    func files() throws {
        let file = try pem()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let some = #expect(throws: KEDAScalerError.self) { try KEDAListener("127.0.0.1:0", key: file) }
        #expect(some?.description.contains("certificate") == true)
        let absent = #expect(throws: KEDAScalerError.self) {
            try KEDAListener("127.0.0.1:0", certificate: file, key: file, clients: file + ".none")
        }
        #expect(absent?.description.contains("there is no such file") == true)
        try "hello".write(toFile: file, atomically: true, encoding: .utf8)
        let other = #expect(throws: KEDAScalerError.self) {
            try KEDAListener("127.0.0.1:0", certificate: file, key: file, clients: file)
        }
        #expect(other?.description.contains("no PEM") == true)
    }

    @Test("files that are PEM and no certificates are refused when the scaler begins")
    func noCertificates() async throws {
        let file = try pem()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let listener = try KEDAListener("127.0.0.1:0", certificate: file, key: file, clients: file)
        let scaler = KEDAScaler(SteeringBoard(), at: listener, logger: Logger(label: "test"))
        let refusal = await #expect(throws: KEDAScalerError.self) { try await scaler.run() }
        #expect(refusal?.kind == .tls, "\(String(describing: refusal))")
        await #expect(throws: KEDAScalerError.self) { try await scaler.waitUntilBound() }
    }

    @Test("an address that is taken is told, and cancellation ends the scaler")
    func taken() async throws {
        let first = KEDAScaler(SteeringBoard(), at: try KEDAListener("127.0.0.1:0"), logger: Logger(label: "test"))
        let running = Task { try await first.run() }
        let address = try await first.waitUntilBound()
        let second = KEDAScaler(SteeringBoard(), at: try KEDAListener("\(address)"), logger: Logger(label: "test"))
        let refusal = await #expect(throws: KEDAScalerError.self) { try await second.run() }
        #expect(refusal?.kind == .listening)
        #expect(refusal?.description.contains("another program listens there") == true)
        running.cancel()
        try await running.value
    }
}
