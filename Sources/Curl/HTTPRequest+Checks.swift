extension HTTPRequest {
    /// Refuses what would leave the request another one than meant: line breaks and zero bytes end its parts early.
    ///
    /// - Throws: ``HTTPFailure`` of kind ``HTTPFailure/Kind/invalidRequest``.
    func check() throws {
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else {
            throw HTTPFailure(.invalidRequest, "\"\(method)\" is no HTTP method")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw HTTPFailure(.invalidRequest, "\(method): the URL has a space or a control character in it; escape it")
        }
        guard target?.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) != false else {
            throw HTTPFailure(.invalidRequest, "\(method): the target has a space or a control character; escape it")
        }
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(Self.isTokenByte) else {
                throw HTTPFailure(.invalidRequest, "\(method) \(url): \"\(header.name)\" is no header name")
            }
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw HTTPFailure(
                    .invalidRequest, "\(method) \(url): the header \(header.name) has a control character in its value")
            }
        }
    }

    /// Whether sending it twice does no more than sending it once (RFC 9110, 9.2.2).
    var isIdempotent: Bool { ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(method) }

    /// Whether the host is this machine by name or loopback address.
    var isToThisMachine: Bool {
        // By hand, since each call asks and URLComponents takes its time.
        let bytes = url.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let authority = bytes[colon...].dropFirst().drop { $0 == UInt8(ascii: "/") }
            .prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let place = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[$0...].dropFirst() } ?? authority
        if place.starts(with: "127.".utf8) || place.starts(with: "[::1]".utf8) { return true }
        let host = String(Substring(place.prefix { $0 != UInt8(ascii: ":") }))
        return host.lowercased() == "localhost"
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
