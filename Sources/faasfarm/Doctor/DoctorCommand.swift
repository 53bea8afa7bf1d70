import ArgumentParser
import Foundation
import ZeroMQ

/// `faasfarm doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what a daemon, its clients and its gateway need; say what is wrong and what to do.",
        discussion: """
            One line a check: OK, FAIL, or SKIP for what was not looked at. The exit code is 1 when one has failed. \
            Nothing is changed; with --functions, each function is called once, with the task {"id":"doctor","ms":1}.

              faasfarm doctor                  # this machine, and the usual endpoint
              faasfarm doctor --endpoint tcp://farm:5555 --server-key server.pub \\
                --client-key client.key
              faasfarm doctor --gateway http://127.0.0.1:8080 --password-file pw \\
                --functions worker-1,worker-2
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "Where a daemon is to be, or is: tcp://HOST:PORT or ipc://PATH.")
    var endpoint = "tcp://127.0.0.1:5555"

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
                timeout: .seconds(timeout))
            report(await checks.run())
            report([.skip("worker process", "the gateway starts the workers")])
        } else {
            report([.skip("gateway", "say which with --gateway"), await WorkerCheck().run()])
        }
        report([clock.run(), DiskCheck(path: record).run()])
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
                endpoint: endpoint, serverKey: server, clientKey: client, timeout: .seconds(timeout)
            ).run()
        } catch {
            return .fail("endpoint", "\(error)")
        }
    }
}
