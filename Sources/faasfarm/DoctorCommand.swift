import ArgumentParser
import Diagnosis
import Foundation

/// `faasfarm doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what a daemon, its clients and its gateway need; say what is wrong and what to do.",
        usage: "faasfarm doctor [<options>]",
        discussion: """
            One line a check: OK, FAIL, WARN for what may do harm, or SKIP for what was not looked at. The exit code \
            is 1 when one has failed. Nothing is changed; with --functions, each function is called once, with the task \
            {"id":"doctor","ms":1}. Only --try-stop changes something: it scales each function to 0 and back.

              faasfarm doctor                  # this machine, and the usual endpoint
              faasfarm doctor --endpoint tcp://farm:5555 --server-key server.pub \\
                --client-key client.key
              faasfarm doctor --gateway http://127.0.0.1:8080 --password-file pw \\
                --functions worker-1,worker-2
              faasfarm doctor --gateway http://127.0.0.1:8080 --password-file pw \\
                --functions worker-1,worker-2 --task-seconds 20
            """)

    @Option(
        help: """
            Where a daemon is: tcp://HOST:PORT or ipc://PATH. Left out: whether one is, or could be, at \
            tcp://127.0.0.1:5555.
            """)
    var endpoint: String?

    @Option(help: "The public key of a daemon that has keys: its server.pub.")
    var serverKey: String?

    @Option(help: "The secret key to come with: a client.key. Left out: one is drawn, for a daemon that allows any.")
    var clientKey: String?

    @Option(help: "Address of an OpenFaaS gateway. Left out: whether a worker process can be started here is checked.")
    var gateway: String?

    @Option(help: "The gateway's user.")
    var username = "admin"

    @Option(help: "A file with the gateway's password.")
    var passwordFile: String?

    @Option(help: "Functions on that gateway to call, separated by commas.")
    var functions: String?

    @Option(help: "How long the task is that each function is called with, in seconds: as long as your longest one.")
    var taskSeconds = 0.001

    @Flag(
        help: """
            Also try whether each function finishes its task when it is scaled down. For this it is scaled to 0 and back, \
            while nobody else needs it.
            """)
    var tryStop = false

    @Option(help: "How many workers a farm is to have at most: whether there are file descriptors enough for them.")
    var workers: Int?

    @Option(help: "The file that episodes are to be recorded into.")
    var record: String?

    @Option(help: "Seconds to wait for the daemon, and for each answer of the gateway.")
    var timeout = 5.0

    @Option(help: "text or json; the latter is one object with ok and checks: a list of check, status, message.")
    var format = AnswerFormat.text

    func validate() throws {
        try OptionValue.check("--timeout", timeout, in: 0.1...600, "seconds")
        try OptionValue.check("--task-seconds", taskSeconds, in: 0.001...3_600)
        try OptionValue.check("--workers", workers, in: 1...1_000_000)
        if tryStop, functions == nil { throw ValidationError("--try-stop is of --functions") }
        if functions != nil, gateway == nil { throw ValidationError("--functions names functions of a --gateway") }
        if clientKey != nil, serverKey == nil {
            throw ValidationError("--client-key needs --server-key: the daemon's public key")
        }
    }

    func run() async throws {
        var diagnosis = Diagnosis(program: CommandLine.executablePath, version: FaaSFarm.version)
        (diagnosis.endpoint, diagnosis.serverKey, diagnosis.clientKey) = (endpoint, serverKey, clientKey)
        (diagnosis.workers, diagnosis.record, diagnosis.timeout) = (workers, record, .seconds(timeout))
        diagnosis.gateway = gateway.map { address in
            GatewayChecks(
                address: address, username: username, passwordFile: passwordFile,
                functions: OptionValue.list(functions),
                timeout: .seconds(timeout), taskSeconds: taskSeconds, mayScale: tryStop)
        }
        let report = await diagnosis.run { finding in
            guard format == .text else { return }
            print(finding.line)
            fflush(nil)
        }
        if format == .json { try AnswerFormat.printJSON(report, .prettyPrinted) }
        if !report.ok { throw ExitCode.failure }
    }
}
