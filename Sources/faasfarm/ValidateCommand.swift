import ArgumentParser
import EnvironmentValidation
import Foundation
import Gymnasium

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Try whether a server keeps the rules of the environment protocol.",
        usage: "faasfarm validate <endpoint> [<options>]",
        discussion: """
            One case for each rule of protocol/v1/specification.md that can be seen from outside. Each is PASS, FAIL \
            with the rule, what was got and what was expected, or SKIP where it cannot be tried. The cases use \
            sessions of their own.

              faasfarm validate tcp://127.0.0.1:5555
              faasfarm validate ipc:///run/farm.socket --env faasfarm/Farm-v0 \\
                --argument backend=simulator
              faasfarm validate tcp://HOST:5555 --server-key server.pub \\
                --client-key client.key

            Most cases step, so a simulated environment is the better choice where there is one. The exit code is 1 \
            when a rule is broken or nobody answers.
            """)

    @Argument(help: "Where the server listens: tcp://HOST:PORT or ipc://PATH.")
    var endpoint: String

    @Option(
        help: ArgumentHelp(
            "The environment to try it with. Left out: the first that the server lists.", valueName: "id"))
    var env: String?

    @Option(
        name: .customLong("argument"),
        help: ArgumentHelp("An argument of the environment; may be given several times.", valueName: "name=value"),
        transform: ArgumentOption.entry)
    var arguments: [Value.Entry] = []

    @Option(help: ArgumentHelp("Only cases whose name begins so: request-ids, for example.", valueName: "prefix"))
    var only: String?

    @OptionGroup(title: "Encryption") var keys: ClientKeyOptions

    @Option(help: "For how many seconds a reply is waited for, at least.")
    var patience = 5.0

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func validate() throws {
        try OptionValue.check(seconds: patience, "--patience", most: 3_600)
        let prefix = only ?? ""
        guard Validation.caseNames.contains(where: { $0.hasPrefix(prefix) }) else {
            let subjects = Set(Validation.caseNames.map { $0.prefix { $0 != "/" } }).sorted().joined(separator: ", ")
            throw ArgumentParser.ValidationError("--only \(prefix) is no case; they begin with \(subjects)")
        }
    }

    func run() throws {
        var validation = Validation(
            endpoint: endpoint, environmentID: env, arguments: arguments.sorted { $0.key < $1.key })
        validation.patienceSeconds = patience
        validation.keys = try keys.clientKeys()
        let prefix = only ?? ""
        let report = try validation.run(only: { $0.hasPrefix(prefix) }) { result in
            guard format == .text else { return }
            print(result.text)
            // Some cases take seconds; a pipe should not keep the earlier ones back.
            fflush(nil)
        }
        print(format == .json ? try report.json() : report.summary)
        if report.hasFailures { throw ExitCode.failure }
    }
}
