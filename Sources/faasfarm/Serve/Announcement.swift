import DaemonHTTP
import EnvironmentServer
import Episodes
import Foundation
import LocalGateway
import ServiceLifecycle
import ZeroMQ

/// Says on standard output where the daemon is to be reached, once it is.
struct Announcement: Service {
    let server: EnvironmentServer
    let http: DaemonHTTP
    let gateway: LocalGateway?
    /// What clients need to know to reach a daemon that has keys.
    let serverKey: CurvePublicKey?
    let format: AnswerFormat
    /// Tells whoever wants to write to its file where the daemon is to be reached.
    var recorder: EpisodeStore?

    func run() async throws {
        let endpoint = try await server.waitUntilBound()
        try await http.waitUntilBound()
        recorder?.describe(holder: "faasfarm serve at \(endpoint)")
        let gatewayURL: String? =
            if let gateway { "http://127.0.0.1:\(try await gateway.waitUntilBound())" } else { nil }
        switch format {
        case .text:
            print("faasfarm \(FaaSFarm.version) listening on \(endpoint)")
            if let gatewayURL { print("its gateway is \(gatewayURL)") }
            let keys = serverKey.map { ", server_key=\"\($0)\", client_key=FILE" } ?? ""
            print(
                "connect with gymnasium.make(\"faasfarm/Farm-v0\", endpoint=\"\(endpoint)\"\(keys)); stop with Ctrl-C")
        case .json:
            var fields = ["endpoint": endpoint, "version": FaaSFarm.version]
            fields["gateway"] = gatewayURL
            fields["server_key"] = serverKey?.text
            try AnswerFormat.printJSON(fields)
        }
        fflush(nil)
        // A service that returns ends the daemon.
        try await gracefulShutdown()
    }
}

/// Notices that the parent has closed our standard input, by ending too.
enum StandardInputWatch {
    static func start(onClose: @escaping @Sendable () async -> Void) {
        let thread = Thread {
            while let data = try? FileHandle.standardInput.read(upToCount: 4_096), !data.isEmpty {}
            // Nobody waits for the outcome: the daemon ends.
            Task { await onClose() }
        }
        thread.start()
    }
}
