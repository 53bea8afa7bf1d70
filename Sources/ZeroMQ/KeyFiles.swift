import Foundation
import SystemErrors

/// Keys in files: one line of text each. A secret key's file is for its owner only.
///
///     try KeyFiles.write(.generate(), named: "client", in: "keys")
///     let key = try KeyFiles.secretKey(at: "keys/client.key")
public enum KeyFiles {
    /// What is wrong with a file of keys, or a folder of them.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    /// Writes the pair `name.key` (secret, mode 0600) and `name.pub` into `folder`.
    ///
    /// - Throws: ``Failure`` when one of them is there already; it is left as it is.
    public static func write(_ key: CurveSecretKey, named name: String, in folder: String) throws(Failure) {
        try write(key.text, to: folder + "/\(name).key", mode: 0o600)
        try write(key.publicKey.text, to: folder + "/\(name).pub", mode: 0o644)
    }

    /// The secret key in the file at `path`.
    public static func secretKey(at path: String) throws -> CurveSecretKey {
        let line = try text(at: path).trimmingCharacters(in: .whitespacesAndNewlines)
        do {
            return try CurveSecretKey(line)
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
    }

    /// Whether others than the owner may read the file.
    public static func isExposed(_ path: String) -> Bool {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let mode = (try? FileManager.default.attributesOfItem(atPath: target))?[.posixPermissions] as? NSNumber
        return (mode?.intValue ?? 0) & 0o077 != 0
    }

    /// The public key in the file at `path`, its first line.
    public static func publicKey(at path: String) throws -> CurvePublicKey {
        guard let key = try lines(at: path).first else { throw Failure(description: "there is no key in \(path)") }
        return key
    }

    /// The public keys in a file, one a line, each with a remark behind it if you like; or in a folder's files `*.pub`.
    ///
    /// - Throws: ``Failure`` that names file and line; also when there is no key at all.
    public static func publicKeys(at path: String) throws -> Set<CurvePublicKey> {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Failure(
                description: "\(path) is not there; expected a file of public keys, or a folder of *.pub files")
        }
        var files = [path]
        if isFolder.boolValue {
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            files = names.filter { $0.hasSuffix(".pub") }.sorted().map { path + "/" + $0 }
        }
        var keys: Set<CurvePublicKey> = []
        for file in files { keys.formUnion(try lines(at: file)) }
        guard !keys.isEmpty else {
            throw Failure(
                description:
                    "there is no key in \(path)\(isFolder.boolValue ? ", or no file *.pub" : ""); put the clients' "
                    + "public keys there, or nobody could connect")
        }
        return keys
    }

    private static func lines(at file: String) throws -> [CurvePublicKey] {
        var keys: [CurvePublicKey] = []
        for (index, line) in try text(at: file).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let word = line.split(whereSeparator: \.isWhitespace).first else { continue }
            do {
                keys.append(try CurvePublicKey(String(word)))
            } catch {
                throw Failure(description: "\(file), line \(index + 1): \(error)")
            }
        }
        return keys
    }

    private static func text(at path: String) throws(Failure) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "\(path) cannot be read; check its name and who may read it")
        }
        guard data.count <= 1 << 20, let text = String(validating: data, as: UTF8.self) else {
            throw Failure(description: "\(path) is no file of keys: expected lines of text, got \(data.count) bytes")
        }
        return text
    }

    private static func write(_ line: String, to path: String, mode: mode_t) throws(Failure) {
        // Made with its mode, so that nobody can open a secret before it is changed; and only where nothing is.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            let advice = errno == EEXIST ? "; it is kept: remove it yourself, or choose another folder" : ""
            throw Failure(description: "\(path): \(String(cString: strerror(errno)))\(advice)")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            throw Failure(description: "\(path) cannot be written: \(SystemFailure.reason(error))")
        }
    }
}
