import Foundation

/// What an endpoint looks like: `tcp://HOST:PORT`, where an IPv6 address stands in brackets, or `ipc://PATH`.
public enum ZeroMQEndpoint {
    /// What is wrong with the form of a tcp endpoint, and how it is written; nil when nothing is. Only what libzmq takes
    /// for something else, or refuses without saying why: the rest it judges itself.
    public static func fault(of endpoint: String) -> String? {
        // With a semicolon there are two addresses, from and to.
        guard let (host, port) = parts(of: endpoint), !endpoint.contains(";") else { return nil }
        if host.contains(":"), !(host.hasPrefix("[") && host.hasSuffix("]")) {
            let address = host.filter { $0 != "[" && $0 != "]" }
            let meant = isIPv6(address) ? "tcp://[\(address)]:\(port)" : "tcp://[::1]:5555"
            return "an IPv6 address stands in brackets: \(meant)"
        }
        guard port != "*" else { return nil }
        // libzmq takes the digits at a port's beginning, and of a number beyond 65535 what is left of it in 16 bits:
        // another port.
        guard !port.isEmpty, port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(port), number <= 65_535
        else { return "it has the port \"\(port)\"; expected a number up to 65535" }
        return nil
    }

    /// Whether the host of a tcp endpoint is an IPv6 address, or a name that has no other. A socket that may use IPv6
    /// prefers it, and then does not find who listens on IPv4 only.
    public static func needsIPv6(_ endpoint: String) -> Bool {
        guard let (host, _) = parts(of: endpoint) else { return false }
        if host.hasPrefix("[") { return true }
        var list: UnsafeMutablePointer<addrinfo>?
        // libzmq says of an unknown name what it is.
        guard getaddrinfo(host, nil, nil, &list) == 0, let first = list else { return false }
        defer { freeaddrinfo(first) }
        let families = Set(sequence(first: first, next: { $0.pointee.ai_next }).map(\.pointee.ai_family))
        return families.contains(AF_INET6) && !families.contains(AF_INET)
    }

    /// Whether only this machine reaches a host, as it stands in an endpoint.
    public static func isLoopback(_ host: Substring) -> Bool {
        if host == "localhost" { return true }
        if host.hasPrefix("["), host.hasSuffix("]") {
            var address = in6_addr()
            guard inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &address) == 1 else { return false }
            return withUnsafeBytes(of: address) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
        }
        // A name that only begins like an address, 127.example.org, is somebody's machine.
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return bytes.count == 4 && bytes.first == 127 && !bytes.contains(nil)
    }

    private static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }

    private static func parts(of endpoint: String) -> (host: String, port: Substring)? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":"),
            colon > endpoint.index(endpoint.startIndex, offsetBy: 3)
        else { return nil }
        return (String(endpoint[..<colon].dropFirst("tcp://".count)), endpoint[endpoint.index(after: colon)...])
    }
}
