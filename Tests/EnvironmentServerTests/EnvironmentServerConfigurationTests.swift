import Testing
import ZeroMQ

@testable import EnvironmentServer

struct EnvironmentServerConfigurationTests {
    private func isServed(_ endpoint: String, allowsRemote: Bool = false, curve: CurveConfiguration? = nil) -> Bool {
        var configuration = EnvironmentServerConfiguration()
        configuration.curve = curve
        configuration.endpoint = endpoint
        configuration.allowsRemote = allowsRemote
        return (try? configuration.checkEndpoint()) != nil
    }

    @Test(
        "Loopback and ipc are served without permission",
        arguments: [
            "tcp://127.0.0.1:0", "tcp://127.8.9.10:5555", "tcp://localhost:1", "tcp://[::1]:1", "tcp://[0:0::1]:1",
            "ipc:///run/x",
        ])
    func loopback(endpoint: String) {
        #expect(isServed(endpoint))
    }

    @Test(
        "What other machines can reach is served with permission or keys only",
        arguments: [
            "tcp://0.0.0.0:1", "tcp://*:1", "tcp://10.0.0.1:1", "tcp://127.example.org:1", "tcp://eth0:1",
            "tcp://[::]:1",
            "tcp://127.0.0.1.example.org:1",
        ])
    func remote(endpoint: String) throws {
        let curve = CurveConfiguration(serverKey: try CurveSecretKey.generate(), clients: .any)
        #expect(!isServed(endpoint))
        #expect(isServed(endpoint, curve: curve))
        #expect(isServed(endpoint, allowsRemote: true))
    }

    @Test("A faulty form is told as such, before anything is said of other machines")
    func form() {
        var configuration = EnvironmentServerConfiguration()
        configuration.endpoint = "tcp://::1:5555"
        let error = #expect(throws: EndpointRefused.self) { try configuration.checkEndpoint() }
        #expect(error?.description.contains("brackets: tcp://[::1]:5555") == true)
        #expect(error?.description.contains("other machines") == false)
    }

    @Test("Within a process, a server wants the context of its clients, and takes no keys")
    func inProcess() throws {
        var configuration = EnvironmentServerConfiguration()
        configuration.endpoint = "inproc://farms"
        #expect(throws: EndpointRefused.self) { try configuration.checkEndpoint() }
        configuration.context = try ZeroMQContext()
        #expect(throws: Never.self) { try configuration.checkEndpoint() }
        configuration.curve = CurveConfiguration(serverKey: try CurveSecretKey.generate(), clients: .any)
        #expect(throws: EndpointRefused.self) { try configuration.checkEndpoint() }
    }

    @Test("What is no endpoint is refused", arguments: ["", "127.0.0.1:5555", "udp://127.0.0.1:1", "tcp:"])
    func strange(endpoint: String) {
        #expect(!isServed(endpoint))
        #expect(!isServed(endpoint, allowsRemote: true))
    }
}
