import ArgumentParser
import Foundation
import StubGateway
import Testing

@testable import faasfarm

/// Commands as they are run, with the smallest work.
@Suite("Commands that run", .serialized, .timeLimit(.minutes(2)))
struct RunTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString.prefix(8))")
        .path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private func path(_ name: String) -> String { folder + "/" + name }
    private func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    private func run(_ arguments: String..., expecting code: ExitCode? = nil) async throws {
        guard let code else { return try await execute(arguments) }
        let error = await #expect(throws: ExitCode.self) { try await execute(arguments) }
        #expect(error == code)
    }

    private func execute(_ arguments: [String]) async throws {
        // Commands take these over, for a process that is theirs alone.
        defer { for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) } }
        let command = try FaaSFarm.parseAsRoot(arguments)
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            var command = command
            try command.run()
        }
    }

    /// Runs a daemon while the body does.
    private func served(_ arguments: [String] = [], _ body: (_ endpoint: String) async throws -> Void) async throws {
        let socket = path("d")
        let daemon = Task {
            let command = try ServeCommand.parse(["--endpoint", "ipc://\(socket)", "--format", "json"] + arguments)
            try await command.run()
        }
        let end = ContinuousClock.now + .seconds(20)
        while !FileManager.default.fileExists(atPath: socket), .now < end {
            try await Task.sleep(for: .milliseconds(5))
        }
        do {
            try await body("ipc://\(socket)")
        } catch {
            daemon.cancel()
            throw error
        }
        daemon.cancel()
        _ = await daemon.result
    }

    @Test("Policies are compared, and the page has them")
    func evaluate() async throws {
        let small = ["--scenario", "demo", "--episodes", "2", "--threads", "1"]
        for format in ["text", "json", "csv"] {
            let command = ["evaluate"] + small + ["--policies", "static:4,static:6", "--format", format]
            try await execute(command + (format == "text" ? ["--report", path("page.html")] : []))
        }
        #expect(try text("page.html").contains("static:6"))
        try await execute(
            ["evaluate"] + small + ["--policies", "queue-length", "--tune", "--goal", "qos>=0.5", "--hindsight", "2"])
        try await execute(
            ["evaluate"] + small + ["--policies", "static:4", "--true-counts", "--report", path("told.html")])
        #expect(try text("told.html").contains("true counts"))
        await #expect(throws: (any Error).self) { try await execute(["evaluate", "--scenario", "none"]) }
        await #expect(throws: (any Error).self) {
            try await execute(["evaluate"] + small + ["--policies", "static:4", "--report", path("none/page.html")])
        }
    }

    @Test("An agent is trained, saved on the way, gone on with, and evaluated")
    func train() async throws {
        let agent = path("agent.safetensors")
        let short = ["--set", "stepsPerRound=16", "--set", "environments=2"]
        try await execute(
            ["train", "ppo", "--env", "faasfarm/CartPole-v1", "--steps", "64", "--seed", "1", "--save-every", "32"]
                + short
                + ["--out", agent, "--csv", path("log.csv"), "--tensorboard", path("board")])
        #expect(try text("log.csv").contains("\n"))
        try await run("train", "ppo", "--resume", agent, "--steps", "128", "--out", agent)
        await #expect(throws: (any Error).self) { try await run("train", "ppo", "--resume", agent, "--steps", "64") }
        await #expect(throws: (any Error).self) { try await run("train", "sarsa", "--resume", agent) }
        try await run("train", "ppo", "--preset", "farm", "--show-settings")
        for format in ["text", "json", "csv"] {
            try await run(
                "evaluate", "--env", "faasfarm/CartPole-v1", "--policies", agent, "--episodes", "2", "--format", format)
        }
        await #expect(throws: ValidationError.self) {
            try await run("evaluate", "--env", "x", "--policies", "static:1")
        }
    }

    @Test("A training towards a goal leaves the best agent in the file")
    func goal() async throws {
        try "environments: 2\nstepsPerRound: 16\n".write(
            toFile: path("settings.yaml"), atomically: true, encoding: .utf8)
        try await run(
            "train", "ppo", "--scenario", "demo", "--argument", "action=target", "--goal", "qos>=0.5", "--steps", "64",
            "--seed", "1", "--config", path("settings.yaml"), "--out", path("goal.safetensors"))
        #expect(FileManager.default.fileExists(atPath: path("goal.safetensors")))
    }

    @Test(
        "A daemon serves, records and is validated; its recording is listed, shown, verified, drawn, merged and pruned")
    func recording() async throws {
        let file = path("runs.sqlite")
        try await served(["--record", file]) { endpoint in
            try await run("validate", endpoint, "--only", "hello", "--argument", "backend=simulator")
            try await run("validate", endpoint, "--only", "hello", "--format", "json")
            try await run("bench", "--endpoint", endpoint, "--seconds", "0.05")
            try await run(
                "evaluate", "--endpoint", endpoint, "--backend", "simulator", "--scenario", "demo", "--policies",
                "static:4,static:6", "--episodes", "1", "--report", path("session.html"))
            await #expect(throws: ValidationError.self) {
                try await run("evaluate", "--endpoint", endpoint, "--scenario", "demo", "--tune")
            }
            try await run(
                "doctor", "--endpoint", endpoint, "--gateway", "http://127.0.0.1:1", "--format", "json",
                expecting: ExitCode.failure)
        }
        #expect(try text("session.html").contains("static:4"))
        for format in ["table", "json"] {
            try await run("episodes", "list", file, "--limit", "5", "--format", format)
            try await run("episodes", "show", file, "newest", "--format", format)
            try await run("episodes", "replay", file, "newest", "--format", format)
            try await run("episodes", "verify", file, "--scenario", "demo", "--format", format)
        }
        try await run("episodes", "plot", file, "--out", path("episode.html"))
        #expect(try text("episode.html").contains("<svg"))
        for table in ["steps", "tasks", "episodes"] {
            try await run("episodes", "export", file, "--table", table, "--out", path(table))
            #expect(try text(table).contains(","))
        }
        try await run("episodes", "merge", path("all.sqlite"), file)
        try await run("episodes", "prune", path("all.sqlite"), "--keep", "1", "--dry-run")
        try await run("episodes", "prune", path("all.sqlite"), "--keep", "1")
        try await run("evaluate", "--scenario", "recording:\(file)", "--policies", "static:4")
        await #expect(throws: (any Error).self) { try await run("calibrate", file, "--out", path("mine.yaml")) }
        await #expect(throws: ValidationError.self) { try await run("episodes", "verify", file, "--scenario", "none") }
    }

    @Test("Keys are made once, and a daemon with keys takes its clients")
    func keys() async throws {
        try await run("keys", path("keys"))
        await #expect(throws: (any Error).self) { try await run("keys", path("keys")) }
        try await run("keys", path("keys"), "--client", "ada")
        let keys = path("keys")
        try await served(["--server-key", "\(keys)/server.key", "--allow-clients", keys]) { endpoint in
            try await run(
                "validate", endpoint, "--only", "hello", "--server-key", "\(keys)/server.pub", "--client-key",
                "\(keys)/ada.key")
        }
        await #expect(throws: (any Error).self) {
            try await run("serve", "--server-key", "\(keys)/none", "--allow-clients", "any", "--port", "0")
        }
    }

    @Test("The simulator is measured")
    func bench() async throws {
        for policy in ["random", "hold", "trace"] {
            try await run("bench", "--scenario", "demo", "--policy", policy, "--episodes", "1", "--repetitions", "1")
        }
        try await run("bench", "--scenario", "demo", "--num-envs", "2", "--episodes", "1", "--repetitions", "1")
    }

    @Test("A gateway, a worker and a daemon end with an error where their port is another's")
    func ports() async throws {
        let other = try StubGateway { _ in .text("another program") }
        let port = "\(other.port)"
        let place = "127.0.0.1:\(port)"
        await #expect(throws: (any Error).self) { try await run("gateway", "--port", port) }
        await #expect(throws: (any Error).self) { try await run("worker", "--port", port) }
        for option in ["--ingress-listen", "--callback-listen"] {
            let error = await #expect(throws: (any Error).self) {
                try await run(
                    "serve", "--endpoint", "ipc://\(path("d"))", "--pools", "1", "--dispatch", "queue", option, place)
            }
            #expect(error.map { "\($0)".hasPrefix("\(option): cannot listen on \(place)") } == true)
        }
        await #expect(throws: ValidationError.self) { try await run("worker", "--port=-1") }
        await #expect(throws: ValidationError.self) {
            try await run("gateway", "--port", "0", "--password-file", path("none"))
        }
    }
}
