// A FunctionIngress alone, for tests and measurements of it. What is written to its standard input is done:
// "ready NAME 3" (or "ready NAME -"), "read NAME" and "counts NAME", which print a line of JSON.
//
//     ingress-stand http://127.0.0.1:8080 --function resize:1 --deadline 5
//
// It prints its address first.
import ArgumentParser
import Foundation
import FunctionIngress
import Logging
import OpenFaaS
import ServiceLifecycle
import Steering
import UnixSignals

@main
struct IngressStand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ingress-stand")

    @Argument var gateway: String
    @Option(help: "NAME or NAME:CONCURRENCY") var function: [String] = []
    @Option var deadline = 5.0
    @Option var port = 0
    @Option var waiting = 1_000
    @Option var login: String?
    @Option var file: String?
    @Option var ready: Int?
    @Flag var once = false

    func run() async throws {
        let logger = Logger(label: "ingress-stand", factory: { StreamLogHandler.standardError(label: $0) })
        var settings = FunctionIngress.Settings(
            gateway: try GatewayAddress(gateway),
            functions: function.map { text in
                let parts = text.split(separator: ":")
                var settings = SteeringSettings(function: String(parts[0]))
                settings.deadline = deadline
                var function = FunctionIngress.Function(
                    settings, concurrency: parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
                function.isRepeatable = !once
                return function
            })
        (settings.port, settings.mostWaiting) = (port, waiting)
        settings.file = file
        settings.login = login.map { GatewayCredentials(password: $0) }
        let ingress = try FunctionIngress(settings, logger: logger)
        for name in function { ingress.set(ready: ready, of: String(name.prefix { $0 != ":" })) }
        let group = ServiceGroup(
            configuration: .init(
                services: [ingress], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        let listening = Thread {
            while let line = readLine() { Self.obey(line.split(separator: " ").map(String.init), ingress) }
        }
        let greeting = Task {
            Self.say("http://127.0.0.1:\(try await ingress.waitUntilBound())")
            listening.start()
        }
        try await group.run()
        greeting.cancel()
    }

    private static func obey(_ words: [String], _ ingress: FunctionIngress) {
        guard words.count > 1 else { return }
        switch words[0] {
        case "ready":
            ingress.set(ready: words.count > 2 ? Int(words[2]) : nil, of: words[1])
            say("{}")
        case "counts": say(ingress.counts(of: words[1]))
        default: Task { say(try? await ingress.source(of: words[1])?.read()) }
        }
    }

    private static func say(_ value: (some Encodable)?) {
        say(value.flatMap { try? JSONEncoder().encode($0) }.map { String(decoding: $0, as: UTF8.self) } ?? "null")
    }

    private static func say(_ line: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }
}
