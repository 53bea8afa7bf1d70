import ArgumentParser
import EnvironmentServer
import Foundation
import Logging
import ZeroMQ

/// Who may connect to a daemon.
struct SecurityOptions: ParsableArguments {
    @Option(
        help: """
            The daemon's secret key (a file that `faasfarm keys` made). Connections are encrypted then, any address \
            may be listened on, and only the clients of --allow-clients are served.
            """)
    var serverKey: String?

    @Option(
        help: """
            The public keys of clients that may connect: a file with one a line, a folder of *.pub files, or any for \
            whoever knows the daemon's public key.
            """)
    var allowClients: String?

    @Flag(
        help: "Allow an endpoint that other machines can reach, without encryption. Whoever reaches it steers the farm."
    )
    var insecure = false

    func validate() throws {
        switch (serverKey, allowClients) {
        case (nil, _?):
            throw ValidationError("--allow-clients needs --server-key: without keys nobody can prove who he is")
        case (_?, nil):
            throw ValidationError(
                "--server-key needs --allow-clients: a file or folder of clients' public keys, or any to let in "
                    + "whoever knows the daemon's public key")
        default: break
        }
    }

    /// The keys that the options name; nil when they name none.
    ///
    /// - Throws: ``KeyFiles/Failure`` for what is no key, or no file.
    func curve(logger: Logger) throws -> CurveConfiguration? {
        guard let serverKey, let allowClients else { return nil }
        let key = try KeyFiles.secretKey(at: serverKey)
        if KeyFiles.isExposed(serverKey) {
            logger.warning(
                "other users may read the secret key \(serverKey); `chmod 600 \(serverKey)` keeps it from them")
        }
        if allowClients == "any" { return CurveConfiguration(serverKey: key, clients: .any) }
        // A folder that `faasfarm keys` has written holds the daemon's own public key too; it is no client's.
        let clients = try KeyFiles.publicKeys(at: allowClients).subtracting([key.publicKey])
        guard !clients.isEmpty else {
            throw KeyFiles.Failure(
                description: "the only key in \(allowClients) is the daemon's own; put the clients' public keys there")
        }
        return CurveConfiguration(serverKey: key, clients: .only(clients))
    }
}
