#if canImport(Darwin)
    import Darwin

    // Darwin has it as a socket option, not as a flag of a call.
    let MSG_NOSIGNAL: Int32 = 0
#else
    import Glibc
#endif

/// A socket call that failed.
public struct SocketError: Error, CustomStringConvertible {
    public let description: String

    init(_ call: String) {
        description = "\(call): \(String(cString: strerror(errno)))"
    }
}

/// Plain sockets on the loopback interface.
public enum Sockets {
    public enum Family: Sendable {
        case v4, v6
    }

    /// A listening socket on a free port.
    ///
    /// - Parameter backlog: how many connections wait to be accepted.
    public static func listen(_ family: Family = .v4, backlog: Int32 = 4_096) throws -> (descriptor: Int32, port: Int) {
        let descriptor = try stream(family)
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, family, port: 0) == 0 else { throw SocketError("bind") }
        guard systemListen(descriptor, backlog) == 0 else { throw SocketError("listen") }
        return (descriptor, try port(of: descriptor))
    }

    /// A port of 127.0.0.1 at which nobody listens, and nobody else will while the socket is open.
    ///
    /// - Parameter port: 0 takes a free one.
    /// - Throws: ``SocketError`` when somebody has the port.
    public static func reserve(port: Int = 0) throws -> (descriptor: Int32, port: Int) {
        let descriptor = try stream(.v4)
        guard bind(descriptor, .v4, port: port) == 0 else {
            closeSocket(descriptor)
            throw SocketError("bind")
        }
        return (descriptor, try self.port(of: descriptor))
    }

    /// A connection that is asked for; it may not be there yet.
    public static func connect(toPort port: Int) throws -> Int32 {
        let descriptor = try stream(.v4)
        setNonBlocking(descriptor)
        _ = withAddress(.v4, port: port) { systemConnect(descriptor, $0, $1) }
        return descriptor
    }

    public static func closeSocket(_ descriptor: Int32) {
        _ = systemClose(descriptor)
    }

    /// Lets this process open as many files and sockets as it may; tests with thousands of connections need that.
    public static func raiseOpenFileLimit() {
        #if canImport(Darwin)
            let resource = RLIMIT_NOFILE
        #else
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(resource, &limit)
    }

    static func setNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private static func stream(_ family: Family) throws -> Int32 {
        #if canImport(Darwin)
            let type = SOCK_STREAM
        #else
            let type = Int32(SOCK_STREAM.rawValue)
        #endif
        let descriptor = socket(family == .v4 ? AF_INET : AF_INET6, type, 0)
        guard descriptor >= 0 else { throw SocketError("socket") }
        if family == .v6 {
            var isOn: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        }
        #if canImport(Darwin)
            var isOn: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &isOn, socklen_t(MemoryLayout<Int32>.size))
        #endif
        return descriptor
    }

    private static func bind(_ descriptor: Int32, _ family: Family, port: Int) -> Int32 {
        withAddress(family, port: port) { systemBind(descriptor, $0, $1) }
    }

    private static func withAddress(
        _ family: Family, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        func use<T>(_ address: inout T) -> Int32 {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<T>.size)) }
            }
        }
        switch family {
        case .v4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            return use(&address)
        case .v6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = in_port_t(port).bigEndian
            address.sin6_addr = in6addr_loopback
            return use(&address)
        }
    }

    private static func port(of descriptor: Int32) throws -> Int {
        // Both families have the port at the same place.
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { throw SocketError("getsockname") }
        return Int(in_port_t(bigEndian: address.sin6_port))
    }
}

// The calls whose names the functions above have taken.
private let systemBind = bind as @Sendable (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
private let systemConnect = connect as @Sendable (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
private let systemListen = listen as @Sendable (Int32, Int32) -> Int32
private let systemClose = close as @Sendable (Int32) -> Int32
