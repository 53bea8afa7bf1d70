import HTTPTypes

/// Which headers are passed on: all but those of one connection (RFC 9110, 7.6.1) and those that say how a body is framed, since
/// each connection frames it by itself.
enum ForwardedHeaders {
    private static let connectionOnly: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    /// Of a request, for the gateway.
    ///
    /// - Parameters:
    ///   - login: an Authorization that no function is to see.
    ///   - peer: the caller's address, told unless an earlier proxy has.
    ///   - hasLength: whether the length is to be told as it stands.
    static func request(
        _ head: HTTPRequest, withoutLogin login: String?, peer: String?, hasLength: Bool
    ) -> [(name: String, value: String)] {
        let fields = head.headerFields
        let named = names(in: fields)
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(fields.count + 2)
        for field in fields {
            switch field.name.canonicalName {
            case "expect": continue
            case "content-length" where !hasLength: continue
            case "authorization" where field.value == login: continue
            case let name where connectionOnly.contains(name) || named.contains(name): continue
            default: headers.append((field.name.rawName, field.value))
            }
        }
        // As the gateway itself tells functions; it would tell our address.
        if let host = head.authority, let name = HTTPField.Name("X-Forwarded-Host"), !fields.contains(name) {
            headers.append((name.rawName, host))
        }
        if let peer, let name = HTTPField.Name("X-Forwarded-For"), !fields.contains(name) {
            headers.append((name.rawName, peer))
        }
        return headers
    }

    /// Of an answer, for the caller.
    static func answer(_ headers: [(name: String, value: String)]) -> HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(headers.count)
        var hasNamed = false
        for header in headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            if connectionOnly.contains(name.canonicalName) {
                if name == .connection { hasNamed = true }
                continue
            }
            fields.append(HTTPField(name: name, value: header.value))
        }
        guard hasNamed else { return fields }
        let connection = headers.filter { $0.name.lowercased() == "connection" }.map {
            HTTPField(name: .connection, value: $0.value)
        }
        for name in names(in: HTTPFields(connection)) {
            if let name = HTTPField.Name(name) { fields[name] = nil }
        }
        return fields
    }

    /// The headers that "Connection" names, in lower case.
    private static func names(in fields: HTTPFields) -> Set<String> {
        guard fields.contains(.connection) else { return [] }
        return Set(
            fields[values: .connection].flatMap { $0.split(separator: ",") }.map {
                $0.trimmingPrefix { $0.isWhitespace }.lowercased().split(separator: " ").first.map(String.init) ?? ""
            })
    }
}
