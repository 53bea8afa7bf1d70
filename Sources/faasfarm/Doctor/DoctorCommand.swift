import ArgumentParser
import Foundation
import ZeroMQ

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

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

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
    var format = Format.text

    func validate() throws {
        guard (0.1...600).contains(timeout) else {
            throw ValidationError("--timeout must be 0.1 to 600 seconds, got \(timeout)")
        }
        guard (0.001...3_600).contains(taskSeconds) else {
            throw ValidationError("--task-seconds must be 0.001 to 3600, got \(taskSeconds)")
        }
        if let workers, !(1...1_000_000).contains(workers) {
            throw ValidationError("--workers must be 1 to 1000000, got \(workers)")
        }
        if tryStop, functions == nil { throw ValidationError("--try-stop is of --functions") }
        if functions != nil, gateway == nil { throw ValidationError("--functions names functions of a --gateway") }
        if clientKey != nil, serverKey == nil {
            throw ValidationError("--client-key needs --server-key: the daemon's public key")
        }
    }

    func run() async throws {
        var findings: [Finding] = []
        func report(_ more: [Finding]) {
            findings += more
            guard format == .text else { return }
            for finding in more { print(finding.line) }
            fflush(nil)
        }
        let clock = ClockCheck()
        report(LibraryChecks.run())
        report([checkEndpoint()])
        if let gateway {
            let names = (functions ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let checks = GatewayChecks(
                address: gateway, username: username, passwordFile: passwordFile, functions: names,
                timeout: .seconds(timeout), taskSeconds: taskSeconds, mayScale: tryStop)
            report(await checks.run())
            report([.skip("worker process", "the gateway starts the workers")])
        } else {
            report([.skip("gateway", "say which with --gateway"), await WorkerCheck().run()])
        }
        report([clock.run(), DescriptorCheck(workers: workers).run(), DiskCheck(path: record).run()])
        let summary = DoctorReport(findings)
        if format == .json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(summary), as: UTF8.self))
        }
        if !summary.ok { throw ExitCode.failure }
    }

    private func checkEndpoint() -> Finding {
        do {
            let server = try serverKey.map { try KeyFiles.publicKey(at: $0) }
            let client = try clientKey.map { try KeyFiles.secretKey(at: $0) }
            return EndpointCheck(
                endpoint: endpoint ?? "tcp://127.0.0.1:5555", serverKey: server, clientKey: client,
                timeout: .seconds(timeout), isExpected: endpoint != nil
            ).run()
        } catch {
            return .fail("endpoint", "\(error)")
        }
    }
}
