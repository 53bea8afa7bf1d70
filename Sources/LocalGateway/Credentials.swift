import Foundation
import HTTPTypes

/// Who may use `/system/`.
struct Credentials: Sendable {
    let username: String
    /// Nil: everybody on this machine.
    let password: String?

    func admit(_ request: HTTPRequest) -> Bool {
        guard let password else { return isFromThisMachinesPrograms(request) }
        guard let header = request.headerFields[.authorization], header.prefix(6).lowercased() == "basic ",
            let given = Data(base64Encoded: header.dropFirst(6).trimmingCharacters(in: .whitespaces))
        else { return false }
        return Self.isEqual(Array(given), Array("\(username):\(password)".utf8))
    }

    /// Without a password, web pages in a browser of this machine must still be kept from starting programs: they send an
    /// Origin, or come under the name of a host that was pointed here.
    private func isFromThisMachinesPrograms(_ request: HTTPRequest) -> Bool {
        guard request.headerFields[.origin] == nil, let authority = request.authority else { return false }
        let host =
            authority.hasPrefix("[") ? authority.prefix { $0 != "]" }.dropFirst() : authority.prefix { $0 != ":" }
        return host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// In a time that does not tell where they differ.
    private static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
