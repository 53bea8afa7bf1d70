import Foundation

/// Whether a TCP connection to a host and port can be had. ZeroMQ does not say: it waits and tries again.
enum TCPProbe {
    enum Outcome: Sendable, Equatable {
        case connected
        /// The machine is there, and nobody listens on the port.
        case refused
        /// The name stands for no address; why.
        case unknownHost(String)
        case timedOut
        /// Anything else; the system's words.
        case failed(String)
    }

    /// Tries the host's addresses one after the other, until one takes the connection.
    static func connect(host: String, port: Int, timeout: Duration) -> Outcome {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Darwin)
            hints.ai_socktype = SOCK_STREAM
        #else
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0, let first = list else { return .unknownHost(String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(first) }
        var outcome = Outcome.failed("no address")
        for address in sequence(first: first, next: { $0.pointee.ai_next }) {
            outcome = connect(to: address.pointee, timeout: timeout)
            if outcome == .connected { break }
        }
        return outcome
    }

    private static func connect(to address: addrinfo, timeout: Duration) -> Outcome {
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return .failed(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        if Foundation.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return .connected }
        guard errno == EINPROGRESS else { return outcome(of: errno) }
        var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&item, 1, Int32(clamping: Int(timeout / .milliseconds(1)))) > 0 else { return .timedOut }
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size)
        return number == 0 ? .connected : outcome(of: number)
    }

    private static func outcome(of number: Int32) -> Outcome {
        switch number {
        case ECONNREFUSED: .refused
        case ETIMEDOUT: .timedOut
        default: .failed(String(cString: strerror(number)))
        }
    }
}
