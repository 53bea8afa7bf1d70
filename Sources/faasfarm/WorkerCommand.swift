import ArgumentParser
import Foundation
import ReferenceWorker
import ServiceLifecycle
import UnixSignals

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run the reference worker: an HTTP server that does a task per call.",
        usage: "faasfarm worker [<options>]",
        discussion: """
            A gateway starts it with the port in PORT. A call is a POST of JSON to any path:

              {"id": "7", "ms": 250, "mode": "sleep"}   sleeps (the default mode)
              {"id": "8", "ms": 250, "mode": "cpu"}     computes, in CPU time
              {"id": "9", "size": 512, "mode": "image"} filters 512x512 pixels

            The answer has the same id, the time it took and who did it. "status" makes it an answer of that status. \
            SIGTERM lets it finish what it runs, and take nothing more. --load-seconds and --ends-at-once make it as \
            rough as many a function is, to rehearse with:

              envProcess: faasfarm worker --load-seconds 5 --ends-at-once
            """)

    @Option(help: "The port to listen on, on 127.0.0.1. Left out: what the environment variable PORT says.")
    var port: Int?

    @Option(help: "For how many seconds it loads before it listens.")
    var loadSeconds = 0.0

    @Flag(help: "SIGTERM ends it in the middle of its calls.")
    var endsAtOnce = false

    func validate() throws {
        try OptionValue.check("--load-seconds", loadSeconds, in: 0...3_600)
    }

    func run() async throws {
        if loadSeconds > 0 { try await Task.sleep(for: .seconds(loadSeconds)) }
        let worker = WorkerServer(port: try chosenPort(), announces: port != nil)
        let group = ServiceGroup(
            configuration: .init(
                services: [worker], gracefulShutdownSignals: endsAtOnce ? [] : [.sigterm, .sigint],
                logger: worker.logger))
        try await group.run()
    }

    private func chosenPort() throws -> Int {
        if let port {
            try OptionValue.check("--port", port, in: 0...65_535)
            return port
        }
        guard let text = ProcessInfo.processInfo.environment["PORT"] else {
            throw ValidationError("say where to listen: --port, or the environment variable PORT")
        }
        guard let port = Int(text), (0...65_535).contains(port) else {
            throw ValidationError("the environment variable PORT must be 0 to 65535, got \"\(text)\"")
        }
        return port
    }
}
