import Foundation

/// Where a gateway is: scheme, host, port and base path.
///
/// `http://host:8080/solutions/` and `http://host:8080/solutions` are the same address; the base path stays in front of
/// every path. A login in the URL is taken out of it and never printed.
public struct GatewayAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address without login, query and trailing slash.
    public let url: String
    /// The login that stood in the URL.
    public let credentials: GatewayCredentials?

    /// - Throws: ``GatewayError`` of kind ``GatewayError/Kind/invalidAddress``.
    public init(_ text: String) throws {
        func refuse(_ reason: String) -> GatewayError {
            GatewayError(
                .invalidAddress,
                "\"\(Self.withoutLogin(text))\" is no gateway address: \(reason); expected such as http://127.0.0.1:8080"
            )
        }
        guard let separator = text.range(of: "://") else { throw refuse("it does not begin with http:// or https://") }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw refuse("it does not begin with http:// or https://")
        }
        let rest = text[separator.upperBound...]
        guard !rest.contains(where: { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 0x20 } }) else {
            throw refuse("it contains white space")
        }
        // A password may contain any sign, even one that ends an authority; the host never contains "@".
        let hostStart = rest.lastIndex(of: "@").map(rest.index(after:)) ?? rest.startIndex
        let location = rest[hostStart...]
        guard !location.contains("?"), !location.contains("#") else { throw refuse("it has a query or a fragment") }
        guard let parts = URLComponents(string: scheme + "://" + location), let host = parts.host, !host.isEmpty else {
            throw refuse("its host or port cannot be read")
        }
        let authority = location.prefix { $0 != "/" }
        if authority.hasSuffix(":") { throw refuse("the port is missing after the colon") }
        if let port = parts.port, !(1...65_535).contains(port) { throw refuse("port \(port) is not in 1…65535") }
        let segments = location.dropFirst(authority.count).split(separator: "/")
        guard !segments.contains("."), !segments.contains("..") else {
            throw refuse("its path has \".\" or \"..\" in it")
        }
        url = scheme + "://" + authority + segments.map { "/" + URLText.path(String($0)) }.joined()
        credentials =
            hostStart == rest.startIndex ? nil : try Self.login(in: rest[..<rest.index(before: hostStart)], refuse)
    }

    public var description: String { url }

    /// The URL of `path` (which begins with a slash) below the base path.
    func url(of path: String, query: String? = nil) -> String {
        url + path + (query.map { "?" + $0 } ?? "")
    }

    private static func login(
        in text: Substring, _ refuse: (String) -> GatewayError
    ) throws -> GatewayCredentials {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map {
            $0.removingPercentEncoding ?? String($0)
        }
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw refuse("what stands before the \"@\" is not user:password")
        }
        return GatewayCredentials(username: parts[0], password: parts[1])
    }

    private static func withoutLogin(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        return "…" + text[at...]
    }
}
