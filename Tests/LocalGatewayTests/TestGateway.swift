import Curl
import Foundation
import LocalGateway
import Logging
import ServiceLifecycle
import TestSupport
import Testing

/// A gateway that runs for the length of a test, and a client of it.
struct TestGateway: Sendable {
    let url: String
    let client = HTTPClient()

    /// The reference worker, built beside the tests.
    static let worker: String = {
        if let path = ProcessInfo.processInfo.environment["FAASFARM_BINARY"] { return path + " worker" }
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("faasfarm").path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside + " worker" }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appendingPathComponent(".build/debug/faasfarm").path + " worker"
    }()

    /// Runs a gateway on a free port, and ends it after `body`, by cancellation if not asked otherwise.
    static func run(
        endingGracefully isGraceful: Bool = false, _ configure: (inout LocalGatewayConfiguration) -> Void = { _ in },
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        let gateway = make(configure)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: gateway, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let running = Task { try await group.run() }
        let result: Result<Void, any Error>
        do {
            try await body(TestGateway(url: "http://127.0.0.1:\(gateway.waitUntilBound())"))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        if isGraceful { await group.triggerGracefulShutdown() } else { running.cancel() }
        let ending = await running.result
        try result.get()
        try ending.get()
    }

    static func make(_ configure: (inout LocalGatewayConfiguration) -> Void = { _ in }) -> LocalGateway {
        var configuration = LocalGatewayConfiguration()
        configuration.port = 0
        configure(&configuration)
        var logger = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return LocalGateway(configuration: configuration, logger: logger)
    }

    func send(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], _ body: String = ""
    ) async throws -> HTTPResponse {
        try await client.send(
            HTTPRequest(method, url + path, headers: headers, body: Array(body.utf8), timeout: .seconds(60)))
    }

    @discardableResult
    func deploy(
        _ name: String, envProcess: String = TestGateway.worker, envVars: [String: String] = [:],
        labels: [String: String] = [:], annotations: [String: String] = [:], image: String = "none",
        method: String = "POST"
    ) async throws -> HTTPResponse {
        let body: [String: Any] = [
            "service": name, "image": image, "envProcess": envProcess, "envVars": envVars, "labels": labels,
            "annotations": annotations,
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        return try await send(method, "/system/functions", text)
    }

    /// Deploys and waits until `replicas` are ready.
    func start(
        _ name: String, replicas: Int = 1, envProcess: String = TestGateway.worker, envVars: [String: String] = [:]
    ) async throws {
        let answer = try await deploy(
            name, envProcess: envProcess, envVars: envVars, labels: ["com.openfaas.scale.min": "\(replicas)"])
        try #require([200, 202].contains(answer.status), "\(answer.text)")
        try await waitForReady(replicas, name)
    }

    @discardableResult
    func scale(_ name: String, to replicas: Int) async throws -> HTTPResponse {
        try await send("POST", "/system/scale-function/\(name)", #"{"serviceName":"\#(name)","replicas":\#(replicas)}"#)
    }

    func status(_ name: String) async throws -> [String: Any] {
        try json(try await send("GET", "/system/function/\(name)"))
    }

    func ready(_ name: String) async throws -> Int { try await status(name)["availableReplicas"] as? Int ?? 0 }

    func invocations(_ name: String) async throws -> Int {
        let list = try await send("GET", "/system/functions")
        let entries = try JSONSerialization.jsonObject(with: Data(list.body)) as? [[String: Any]] ?? []
        return entries.first { $0["name"] as? String == name }?["invocationCount"] as? Int ?? 0
    }

    func waitForReady(_ count: Int, _ name: String) async throws {
        try await eventually("\(name) has \(count) ready") { try await ready(name) == count }
    }

    /// Calls the reference worker.
    func call(_ name: String, _ body: String = "{}") async throws -> (response: HTTPResponse, answer: WorkerAnswer?) {
        let response = try await send("POST", "/function/\(name)", body)
        return (response, try? JSONDecoder().decode(WorkerAnswer.self, from: Data(response.body)))
    }

    func json(_ response: HTTPResponse) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    }
}

struct WorkerAnswer: Decodable, Sendable {
    var id: String
    var pid: Int32
    var seq: Int
    var inflight: Int
    var call_id: String
    var mode: String
    var ms: Double
    var took_ms: Double
    var path: String
    var query: String
    var checksum: String?
}

func isAlive(_ pid: Int32) -> Bool { kill(pid, 0) == 0 }

/// A file that is removed at the end.
final class TemporaryFile: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("faasfarm-\(UUID().uuidString)").path

    init() {}

    init(text: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    convenience init(script: String) throws {
        try self.init(text: "#!/bin/sh\n\(script)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
