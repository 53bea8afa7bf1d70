import Files
public import Foundation
import SystemErrors

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What was found on gateways before a farm changed it, kept in a folder, so that what a killed daemon has changed can be undone
/// by the next one.
///
/// There is one file a function of a gateway. It is on the disk before the function is changed for the first time, written
/// whole or not at all, and goes when the function has been given back. A lock beside it belongs to the farm that steers the
/// function, for as long as its process lives.
public final class FoundWorkers: Sendable {
    /// What was found of a function.
    struct Record: Codable, Sendable, Hashable {
        var gateway: String
        var namespace: String?
        var function: String
        /// nil: the function was not there.
        var replicas: Int?
        /// When the gateway says that the function was made; another one of its name is another function.
        var createdAt: String?
        /// The process that wrote this.
        var process: Int32
    }

    /// Why a folder is not used, or a function not to be had.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    public let directory: URL

    /// Where a user's programs keep their state: `$XDG_STATE_HOME/faasfarm`, or `~/.local/state/faasfarm`.
    public static var defaultDirectory: URL {
        let base = ProcessInfo.processInfo.environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = FileManager.default.homeDirectoryForCurrentUser
        return (base.map { URL(fileURLWithPath: $0) } ?? home.appendingPathComponent(".local/state"))
            .appendingPathComponent("faasfarm")
    }

    /// Uses the folder, which is made if it is not there.
    ///
    /// - Throws: an error that says what is wrong with it.
    public init(directory: URL) throws {
        self.directory = directory
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(description: "the folder \(directory.path) cannot be made: \(SystemFailure.reason(error))")
        }
        guard access(directory.path, W_OK) == 0 else {
            throw Failure(description: "the folder \(directory.path) cannot be written to")
        }
    }

    /// Takes functions of a gateway for a farm.
    ///
    /// - Throws: ``Failure`` naming the process that has one of them.
    func lease(gateway: String, namespace: String?, names: [String]) throws(Failure) -> FoundWorkersLease {
        var locks: [FileLock] = []
        for name in names {
            let path = directory.appendingPathComponent(Self.fileName(gateway, namespace, name) + ".lock").path
            do {
                locks.append(try FileLock(path, saying: "process \(getpid())"))
            } catch {
                switch error {
                case .held(let who):
                    throw Failure(
                        description: "the function \(name) of \(gateway) is steered by another daemon"
                            + (who.isEmpty ? "" : ", \(who)") + "; end that one, or name other functions")
                case .failed(let number):
                    throw Failure(
                        description: "the lock \(path) cannot be taken: \(SystemFailure.words(number))")
                }
            }
        }
        return FoundWorkersLease(self, gateway: gateway, namespace: namespace, locks: locks)
    }

    /// Readable, and different for what differs in any sign.
    static func fileName(_ gateway: String, _ namespace: String?, _ function: String) -> String {
        let whole = "\(gateway) \(namespace ?? "") \(function)"
        let hash = whole.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let host = gateway.components(separatedBy: "://").last ?? gateway
        let readable = "\(function)@\(host)".map {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-.@".contains($0)) ? $0 : "_"
        }
        return String(readable.prefix(120)) + "-" + String(hash, radix: 16)
    }
}

/// The functions that a farm has, and what was found of them.
final class FoundWorkersLease: Sendable {
    private let records: FoundWorkers
    private let gateway: String
    private let namespace: String?
    /// Given up with this object.
    private let locks: [FileLock]

    init(_ records: FoundWorkers, gateway: String, namespace: String?, locks: [FileLock]) {
        self.records = records
        self.gateway = gateway
        self.namespace = namespace
        self.locks = locks
    }

    private func url(of function: String) -> URL {
        records.directory.appendingPathComponent(FoundWorkers.fileName(gateway, namespace, function) + ".json")
    }

    /// What a daemon that could not give the function back had found; nil where there is nothing, or nothing that is still
    /// true: the function was made anew since.
    func left(of function: String, createdAt: String?) -> FoundWorkers.Record? {
        guard let data = try? Data(contentsOf: url(of: function)),
            let record = try? JSONDecoder().decode(FoundWorkers.Record.self, from: data),
            record.gateway == gateway, record.namespace == namespace, record.function == function
        else { return nil }
        if record.replicas != nil, let then = record.createdAt, let createdAt, then != createdAt { return nil }
        return record
    }

    /// Writes down what was found, unless it stands there already. When this returns it is on the disk.
    func keep(_ function: String, replicas: Int?, createdAt: String?) throws {
        let record = FoundWorkers.Record(
            gateway: gateway, namespace: namespace, function: function, replicas: replicas, createdAt: createdAt,
            process: getpid())
        let url = url(of: function)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let draft = url.appendingPathExtension("\(getpid())")
        _ = FileManager.default.createFile(atPath: draft.path, contents: nil, attributes: [.posixPermissions: 0o600])
        let file = try FileHandle(forWritingTo: draft)
        do {
            try file.write(contentsOf: try encoder.encode(record) + Data("\n".utf8))
            try file.synchronize()
            try file.close()
            guard rename(draft.path, url.path) == 0 else {
                throw FoundWorkers.Failure(description: String(cString: strerror(errno)))
            }
        } catch {
            try? FileManager.default.removeItem(at: draft)
            throw error
        }
        // The name, too, has to survive.
        let folder = open(records.directory.path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        _ = close(folder)
    }

    /// The function has been given back.
    func forget(_ function: String) {
        try? FileManager.default.removeItem(at: url(of: function))
    }
}
