import Farm
import Foundation
import LocalGateway
import Logging
import OpenFaaS

/// Whether this machine can run a farm by itself: a gateway of our own starts a worker process, which does a task.
struct WorkerCheck {
    private struct Answer: Decodable { var id: String }

    /// The path of the program whose command `worker` is the reference worker.
    let program: String
    /// A worker that has not done its task by then fails.
    var timeout = Duration.seconds(20)

    func run() async -> Finding {
        let check = "worker process"
        var configuration = LocalGatewayConfiguration()
        configuration.port = 0
        configuration.password = UUID().uuidString
        configuration.coldStartLimit = timeout
        let gateway = LocalGateway(configuration: configuration, logger: Logger(label: "doctor") { _ in SilentLog() })
        let serving = Task { try await gateway.run() }
        let finding: Finding
        do {
            let begun = ContinuousClock.now
            try await doTask(on: gateway, configuration)
            let milliseconds = Int(((ContinuousClock.now - begun) / .milliseconds(1)).rounded())
            finding = .ok(check, "started and did a task, in \(milliseconds) ms")
        } catch {
            finding = .fail(check, "\(error)")
        }
        // Every process is gone when it returns.
        serving.cancel()
        _ = await serving.result
        return finding
    }

    private func doTask(on gateway: LocalGateway, _ configuration: LocalGatewayConfiguration) async throws {
        let port = try await gateway.waitUntilBound()
        let credentials = GatewayCredentials(
            username: configuration.username, password: configuration.password ?? "")
        let client = GatewayClient(
            address: try GatewayAddress("http://127.0.0.1:\(port)"), credentials: credentials)
        try await client.deploy(
            FunctionDeployment(service: "doctor", image: "faasfarm/worker", envProcess: "\(program) worker"),
            update: false)
        let body = Array(#"{"id":"doctor","ms":1}"#.utf8)
        let answer = try await client.invoke(
            "doctor", TaskCall(headers: [("Content-Type", "application/json")], body: body, timeout: timeout))
        guard answer.status == 200, (try? JSONDecoder().decode(Answer.self, from: Data(answer.body)))?.id == "doctor"
        else {
            throw WorkerFailure(
                description:
                    "\(program) worker was started and answered \(answer.status) \"\(answer.text.prefix(120))\"; "
                    + "run `\(program) worker --port 0` to see what it says")
        }
    }
}

private struct WorkerFailure: Error, CustomStringConvertible {
    let description: String
}

/// The doctor's lines are all that it says.
private struct SilentLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.critical

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {}
}
