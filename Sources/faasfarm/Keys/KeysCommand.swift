import ArgumentParser
import Foundation
import ZeroMQ

/// `faasfarm keys DIRECTORY`.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make keys, so that a daemon can be reached from other machines, encrypted, and by its clients only.",
        discussion: """
            Writes server.key, server.pub, client.key and client.pub. The files *.key are secret, and readable by you \
            only. Then, with the files in keys:

              faasfarm keys keys
              faasfarm serve --endpoint 'tcp://*:5555' \\
                --server-key keys/server.key --allow-clients keys

            and, where server.pub and client.key have been copied to:

              gymnasium.make("faasfarm/Farm-v0", endpoint="tcp://HOST:5555",
                             server_key="server.pub", client_key="client.key")

            Nothing is ever overwritten. Another client gets a pair of its own with --client NAME.
            """)

    @Argument(help: "The folder to write into; made when it is not there.")
    var directory: String

    @Option(help: "Make the pair NAME.key and NAME.pub of one more client only.")
    var client: String?

    func validate() throws {
        guard let client else { return }
        guard !client.isEmpty, client.allSatisfy({ $0.isLetter || $0.isNumber || "-_.@".contains($0) }),
            !client.hasPrefix("."), client != "server"
        else {
            throw ValidationError(
                "--client \"\(client)\" cannot name a file of a client: expected letters, digits and -_.@, and not "
                    + "server"
            )
        }
    }

    func run() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let names = client.map { [$0] } ?? ["server", "client"]
        // Before anything is written, so that a refusal leaves no half of a set.
        for file in names.flatMap({ ["\($0).key", "\($0).pub"] }) {
            let path = directory + "/" + file
            // Also a link that leads nowhere.
            guard (try? FileManager.default.attributesOfItem(atPath: path)) == nil else {
                throw KeyFiles.Failure(
                    description:
                        "\(path) is there already, and nothing was written; choose another folder, or remove it")
            }
        }
        for name in names {
            let key = try CurveSecretKey.generate()
            try KeyFiles.write(key, named: name, in: directory)
            print("\(directory)/\(name).key (secret), \(directory)/\(name).pub: \(key.publicKey)")
        }
    }
}
