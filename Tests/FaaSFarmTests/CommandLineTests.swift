import ArgumentParser
import Gymnasium
import LiveFarm
import LocalGateway
import Testing

@testable import faasfarm

@Suite("The command line")
struct CommandLineTests {
    /// Every command and its subcommands, by the names that lead there.
    static var commands: [(path: String, type: any ParsableCommand.Type)] { below(FaaSFarm.self) }

    private static func below(_ command: any ParsableCommand.Type) -> [(path: String, type: any ParsableCommand.Type)] {
        [(FaaSFarm.path(to: command).joined(separator: " "), command)]
            + command.configuration.subcommands.flatMap { below($0) }
    }

    @Test("Every command's help says what it is for, and fits 80 columns", arguments: commands.map(\.path))
    func help(_ path: String) throws {
        let type = try #require(Self.commands.first { $0.path == path }?.type)
        let text = FaaSFarm.helpMessage(for: type, includeHidden: false, columns: 80)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(text.hasPrefix("OVERVIEW: "))
        #expect(text.contains("USAGE: faasfarm" + (path.isEmpty ? "" : " \(path)")))
    }

    @Test("What turns out to be wrong when a command runs is told with that command's usage")
    func usage() {
        let text = UsageError.text(ValidationError("no such file"), of: VerifyEpisodes.self)
        #expect(text.hasPrefix("Error: no such file\nUsage: faasfarm episodes verify <file>"))
        #expect(text.hasSuffix("\n  See 'faasfarm episodes verify --help' for more information."))
    }

    /// What a command line is refused with.
    private func refusal(_ line: String) -> String? {
        do {
            _ = try FaaSFarm.parseAsRoot(line.split(separator: " ").map(String.init))
            return nil
        } catch {
            return FaaSFarm.message(for: error)
        }
    }

    @Test(
        "Command lines that nobody can mean are refused, with what to do",
        arguments: [
            ("serve --port 65536", "--port must be 0 to 65535"),
            ("serve --idle-timeout 0", "--idle-timeout must be 0.1 to"),
            ("serve --gateway http://g", "--gateway needs --functions"),
            ("serve --functions a", "names functions of a --gateway"),
            ("serve --state x", "--state is of the functions of a --gateway"),
            ("serve --gateway http://g --functions a --pool functions", "needs --worker-image"),
            ("serve --gateway http://g --functions a,b --pool functions --worker-image i", "one beginning of names"),
            ("serve --gateway http://g --functions a --gateway-profile ce", "is of the daemon's own gateway"),
            ("serve --ingress-file x", "--ingress-listen"), ("serve --ingress-listen 1", "must be HOST:PORT"),
            ("serve --ingress-listen 127.0.0.1:0", "needs --pools 1"),
            ("serve --metrics-listen h:x", "must be HOST:PORT"),
            ("serve --callback-listen h", "must be HOST:PORT"), ("serve --gateway-ca /none", "cannot be read"),
            ("serve --worker-env x", "must be NAME=VALUE"), ("serve --pools 0", "--pools must be 1 to 256"),
            ("serve --functions-per-farm 257", "--functions-per-farm must be"),
            ("serve --queue-body-limit 0", "more than 0 bytes"), ("serve --http-idle-limit 0", "--http-idle-limit"),
            ("serve --task-header x", "must be NAME: VALUE"), ("serve --task-header X-Task-Id:1", "farm's own to set"),
            ("serve --task-query ?a=1", "what stands behind the ?"),
            ("serve --allow-clients any", "needs --server-key"), ("serve --server-key k", "needs --allow-clients"),
            ("evaluate --episodes 0", "--episodes must be 1 to"), ("evaluate --threads 0", "--threads must be 1 to"),
            ("evaluate --hindsight=-1", "--hindsight must be 0 to"), ("evaluate --patience 0", "--patience must be"),
            ("evaluate --goal qos", "cannot be read"), ("evaluate --goal qos>=1 --env x", "is of simulated farms"),
            ("evaluate --true-counts --goal qos>=0.9", "--true-counts is by reward"),
            ("evaluate --true-counts --env x", "--true-counts is by reward"),
            ("evaluate --suite --true-counts --goal qos>=0.9", "--true-counts is by reward"),
            ("evaluate --trace-seed 1", "--trace-seed must be one of"), ("evaluate --speed 2", "need --endpoint"),
            ("evaluate --speed=-1", "positive number"), ("evaluate --backend embedded", "needs --endpoint"),
            ("evaluate --takeover", "needs --endpoint"), ("evaluate --client-key k", "needs --server-key"),
            ("train ppo --steps 0", "--steps must be 1 or more"), ("train ppo --save-every=-1", "--save-every"),
            ("train ppo --goal mean_workers<=2", "got \"mean_workers\" where one of qos"),
            ("train ppo --goal qos>=1 --resume x", "leave out"),
            ("train ppo --goal qos>=1 --argument reward=paper", "sets the reward's weights"),
            ("train ppo --resume x --seed 1", "goes on with the settings of its file"),
            ("train ppo --steps 2000000000000000", "at most"), ("train ppo --patience nan", "--patience must be"),
            ("bench --seconds 0", "--seconds must be"), ("bench --num-envs 0", "must be 1 or more"),
            ("validate tcp://x:1 --only nothing", "is no case"),
            ("validate tcp://x:1 --patience 0", "--patience must be"),
            ("validate tcp://x:1 --argument x", "NAME=VALUE"),
            ("doctor --timeout 0", "--timeout must be"), ("doctor --task-seconds 0", "--task-seconds must be"),
            ("doctor --workers 0", "--workers must be"), ("doctor --try-stop", "is of --functions"),
            ("doctor --functions a", "functions of a --gateway"), ("doctor --client-key k", "needs --server-key"),
            ("keys d --client ../x", "cannot name a file"), ("keys d --client server", "cannot name a file"),
            ("episodes list f --limit=-1", "must not be negative"),
            ("episodes list f --status gone", "--status must be"),
            ("episodes list f --backend x", "--backend must be"), ("episodes list f --seed x", "decimal digits"),
            ("episodes list f --since x", "a time is written"), ("episodes prune f", "say what to delete"),
            ("episodes prune f --keep=-1", "must not be negative"),
            ("calibrate f --repetitions 0", "--repetitions must be"),
            ("gateway --port=-1", "--port"), ("gateway --cold-start-limit 0", "--cold-start-limit"),
            ("gateway --slowness 101", "--slowness must be"), ("gateway --idle-limit 0", "--idle-limit must be"),
            ("gateway --parallel-starts 0", "--parallel-starts must be"), ("gateway --fault x=1", "x"),
            ("worker --load-seconds=-1", "--load-seconds"),
        ] as [(String, String)])
    func refusals(_ line: String, _ reason: String) {
        let text = refusal(line)
        #expect(text?.contains(reason) == true, "\(line): \(text ?? "is taken")")
    }

    @Test("What is left out is as the help says")
    func defaults() throws {
        let serve = try ServeCommand.parse([])
        #expect(serve.endpoint == "tcp://127.0.0.1:5555" && serve.backend.workers.pools == 16 && serve.record == nil)
        #expect(serve.backend.listening.metricsListen == nil && serve.backend.calls.callbackListen == "127.0.0.1:0")
        let evaluate = try EvaluateCommand.parse([])
        #expect(evaluate.seed == 1_000_001 && evaluate.hindsight == 0 && evaluate.reward == nil)
        let train = try TrainCommand.parse(["ppo"])
        #expect(train.out == "model.safetensors" && train.patience == 10 && train.steps == nil)
        let gateway = try GatewayCommand.parse([])
        #expect(gateway.port == 8_080 && gateway.host == "127.0.0.1" && gateway.profile == .standard)
        #expect(try CalibrateCommand.parse(["f"]).repetitions == 40)
    }

    @Test("An environment's argument is JSON where it looks like some, else text")
    func arguments() throws {
        #expect(try ArgumentOption.entry("history=4").value == 4)
        #expect(try ArgumentOption.entry("speed=0.5").value == 0.5)
        #expect(try ArgumentOption.entry("action=target").value == "target")
        #expect(try ArgumentOption.entry("observation=[\"ready\", 1]").value == .tuple(["ready", 1]))
        #expect(try ArgumentOption.entry(#"reward={"miss": 1, "cost": true}"#).value["cost"] == true)
        for text in ["x", "=1", "reward={", "observation=[1"] {
            #expect(throws: ValidationError.self) { try ArgumentOption.entry(text) }
        }
    }

    @Test("Headers of all tasks: from the command line and from a file, whose lines are not shown")
    func headers() throws {
        let extras = try TaskRequestOptions.parse(["--task-header", "A: b:c", "--task-query", "x=1"]).extras()
        #expect(extras.headers.map(\.name) == ["A"] && extras.headers.map(\.value) == ["b:c"])
        #expect(extras.query == "x=1")
        #expect(throws: ValidationError.self) {
            try TaskRequestOptions.parse(["--task-header-file", "/none"]).extras()
        }
    }
}
