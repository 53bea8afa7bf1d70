import ZeroMQ

/// What a daemon, its clients and its gateway need, looked at one after the other.
///
///     var diagnosis = Diagnosis(program: "/usr/local/bin/faasfarm", version: "0.1.0")
///     diagnosis.gateway = GatewayChecks(address: "http://127.0.0.1:8080", passwordFile: "pw")
///     let report = await diagnosis.run { print($0.line) }
public struct Diagnosis: Sendable {
    /// The path of the program whose command `worker` is started where there is no gateway, and its version.
    public let program: String
    public let version: String
    /// Where a daemon has to be. nil: whether one is, or could be, at the usual place.
    public var endpoint: String?
    /// Files of the daemon's public key and of the client's secret one; nil: the daemon has no keys, or takes any client.
    public var serverKey: String?
    public var clientKey: String?
    /// nil: the daemon has a gateway of its own.
    public var gateway: GatewayChecks?
    /// Workers of a farm at most; nil: not told.
    public var workers: Int?
    /// The file that episodes are to be recorded into.
    public var record: String?
    /// How long a daemon is waited for.
    public var timeout = Duration.seconds(5)

    public init(program: String, version: String) {
        self.program = program
        self.version = version
    }

    /// Runs all checks. Nothing is changed, but by a gateway's checks that may scale.
    ///
    /// - Parameter tell: called with each finding as soon as it is there.
    public func run(_ tell: (Finding) -> Void) async -> DiagnosisReport {
        var findings: [Finding] = []
        func report(_ more: [Finding]) {
            findings += more
            more.forEach(tell)
        }
        let clock = ClockCheck()
        report(LibraryChecks.run())
        report([checkEndpoint()])
        if let gateway {
            report(await gateway.run())
            report([.skip("worker process", "the gateway starts the workers")])
        } else {
            report([.skip("gateway", "say which with --gateway"), await WorkerCheck(program: program).run()])
        }
        report([clock.run(), DescriptorCheck(workers: workers).run(), DiskCheck(path: record).run()])
        return DiagnosisReport(findings)
    }

    private func checkEndpoint() -> Finding {
        do {
            let server = try serverKey.map { try KeyFiles.publicKey(at: $0) }
            let client = try clientKey.map { try KeyFiles.secretKey(at: $0) }
            return EndpointCheck(
                endpoint: endpoint ?? "tcp://127.0.0.1:5555", serverKey: server, clientKey: client, timeout: timeout,
                isExpected: endpoint != nil, version: version
            ).run()
        } catch {
            return .fail("endpoint", "\(error)")
        }
    }
}
