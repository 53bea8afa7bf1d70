import Foundation
import Synchronization

/// A file beside a journal that says where its program is reached, and the token that it wants. Readable by its user only; gone when
/// the program ends in order.
public final class ControlFile: Sendable {
    /// What stands in it.
    struct Content: Codable {
        var url: String
        var token: String
        var pid: Int32
    }

    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    public let path: String
    private let token: String

    /// - Parameter journal: the path of the journal.
    public init(beside journal: String) {
        path = journal + ".control"
        var generator = SystemRandomNumberGenerator()
        token = (0..<4).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
    }

    /// - Throws: ``Failure``.
    func write(address: String) throws(Failure) {
        let content = Content(url: address, token: token, pid: ProcessInfo.processInfo.processIdentifier)
        do {
            try? FileManager.default.removeItem(atPath: path)
            guard
                FileManager.default.createFile(
                    atPath: path, contents: try JSONEncoder().encode(content), attributes: [.posixPermissions: 0o600])
            else { throw Failure(description: "\(path) cannot be written") }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "\(path) cannot be written: \(error)")
        }
    }

    /// To be called last.
    public func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Takes as long for a wrong token as for the right one.
    func opens(with authorization: String) -> Bool {
        let (given, right) = (Array(authorization.utf8), Array("Bearer \(token)".utf8))
        guard given.count == right.count else { return false }
        return zip(given, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static func read(_ path: String) throws(Failure) -> Content {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(
                description:
                    "\(path) is not there, so no `faasfarm steer` of this journal runs; --journal names another one")
        }
        do { return try JSONDecoder().decode(Content.self, from: data) } catch {
            throw Failure(description: "\(path) is no control file of `faasfarm steer`; --journal names the journal")
        }
    }
}
