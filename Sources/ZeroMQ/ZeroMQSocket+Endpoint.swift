import Foundation

/// What libzmq lets pass and should not.
extension ZeroMQSocket {
    /// - Throws: ``ZeroMQError`` that says how an endpoint is written.
    func checkForm(of endpoint: String) throws(ZeroMQError) {
        guard let fault = ZeroMQEndpoint.fault(of: endpoint) else { return }
        throw ZeroMQError(
            number: EINVAL,
            description: "\(endpoint) is not an endpoint: \(fault); one looks like tcp://127.0.0.1:5555 or "
                + "ipc:///run/faasfarm.socket")
    }

    /// Forms of a tcp address that are for listening only.
    func checkIsReachable(_ endpoint: String) throws(ZeroMQError) {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return }
        let host = endpoint[..<colon].dropFirst("tcp://".count)
        let port = endpoint[endpoint.index(after: colon)...]
        guard host != "*", port != "*", Int(port) != 0 else {
            throw ZeroMQError(
                number: EINVAL,
                description: "connecting to \(endpoint): \(host == "*" ? "the host *" : "the port \(port)") is for "
                    + "listening; connect to a host and the port that the listener has, such as tcp://127.0.0.1:5555")
        }
    }

    /// libzmq removes whatever is at the path of an ipc endpoint before it listens there, also a socket that another
    /// program listens on, and a file that is no socket.
    ///
    /// - Throws: ``ZeroMQError`` in those two cases. A socket that a killed program left behind is in nobody's way.
    func checkIsFree(_ endpoint: String) throws(ZeroMQError) {
        guard endpoint.hasPrefix("ipc://") else { return }
        let path = endpoint.dropFirst("ipc://".count)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard !path.hasPrefix("@") else { return }
        var status = stat()
        if lstat(String(path), &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
            throw ZeroMQError(
                number: EADDRINUSE,
                description: "listening on \(endpoint): \(path) is there and is no socket, and listening would delete "
                    + "it; choose another path, or remove it yourself")
        }
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
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
