import ArgumentParser
import EnvironmentClient
import Foundation
import ZeroMQ

/// The keys of a command that is a client of a server with keys.
struct ClientKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's public key: a file server.pub that `faasfarm keys` made.", valueName: "file"))
    var serverKey: String?

    @Option(
        help: ArgumentHelp(
            "This client's own secret key: a file client.key. Left out: a new one, which servers take that allow any.",
            valueName: "file"))
    var clientKey: String?

    func validate() throws {
        guard clientKey == nil || serverKey != nil else {
            throw ValidationError("--client-key needs --server-key: the server's public key, in a file server.pub")
        }
    }

    /// The keys that the options name; nil when they name none.
    ///
    /// - Throws: ``KeyFiles/Failure`` for what is no key, or no file.
    func clientKeys() throws -> ClientKeys? {
        guard let serverKey else { return nil }
        return ClientKeys(
            own: try clientKey.map(KeyFiles.secretKey(at:)) ?? .generate(),
            server: try KeyFiles.publicKey(at: serverKey))
    }
}
