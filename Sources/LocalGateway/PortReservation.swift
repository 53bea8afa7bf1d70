import Foundation
import Synchronization

/// A free TCP port of the loopback interface, kept from other replicas of this program while this lives.
///
/// Other programs may still take it before the replica listens; the replica then ends and is started with another one.
final class PortReservation: Sendable {
    private static let taken = Mutex<Set<Int>>([])

    let port: Int

    /// - Throws: ``SpawnFailure`` when the system has no port to give.
    init() throws {
        for _ in 0..<100 {
            guard let candidate = Self.freePort() else { break }
            if Self.taken.withLock({ $0.insert(candidate).inserted }) {
                port = candidate
                return
            }
        }
        throw SpawnFailure("no free TCP port on 127.0.0.1: \(String(cString: strerror(errno)))")
    }

    deinit {
        _ = Self.taken.withLock { $0.remove(port) }
    }

    private static func freePort() -> Int? {
        #if os(Linux)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}
