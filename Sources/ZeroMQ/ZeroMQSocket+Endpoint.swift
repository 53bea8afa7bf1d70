import Foundation

/// What libzmq lets pass and should not.
extension ZeroMQSocket {
    /// libzmq takes a port beyond 65535 for what is left of it in 16 bits, another port.
    func checkPort(of endpoint: String) throws(ZeroMQError) {
        guard endpoint.hasPrefix("tcp://"), let port = endpoint.split(separator: ":").last, port.allSatisfy(\.isNumber)
        else { return }
        guard let number = Int(port), number <= 65_535 else {
            throw ZeroMQError(EINVAL, "\(endpoint) has the port \(port), and ports end at 65535")
        }
    }

    /// libzmq removes the file of an ipc endpoint before it listens there, also when another program listens on it.
    ///
    /// - Throws: ``ZeroMQError`` when that answers. A file that a killed program left behind does not.
    func checkIsFree(_ endpoint: String) throws(ZeroMQError) {
        guard endpoint.hasPrefix("ipc://") else { return }
        let path = endpoint.dropFirst("ipc://".count)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard !path.hasPrefix("@"), path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        #if canImport(Darwin)
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // A listener whose queue is full must not hold this up.
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected != 0, errno != EAGAIN else { throw ZeroMQError(EADDRINUSE, "listening on \(endpoint)") }
    }
}
