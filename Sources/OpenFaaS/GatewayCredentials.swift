import Foundation

/// A gateway's user name and password. Prints without the password, however it is printed.
public struct GatewayCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public let username: String
    public let password: String

    public init(username: String = "admin", password: String) {
        self.username = username
        self.password = password
    }

    /// Reads the password from a file; line ends at the file's end do not belong to it.
    ///
    /// - Throws: ``GatewayError`` of kind ``GatewayError/Kind/invalidCredentials`` when the file cannot be read or holds no
    ///   password.
    public init(username: String = "admin", passwordFile: String) throws {
        guard let data = FileManager.default.contents(atPath: passwordFile) else {
            throw GatewayError(
                .invalidCredentials,
                "the password file \(passwordFile) cannot be read; check its name and who may read it")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw GatewayError(.invalidCredentials, "the password file \(passwordFile) is not UTF-8 text")
        }
        var password = Substring(text)
        // "\r\n" is one Character.
        while let last = password.last, last.isNewline { password.removeLast() }
        guard !password.isEmpty else {
            throw GatewayError(
                .invalidCredentials, "the password file \(passwordFile) holds no password; write the gateway's into it")
        }
        guard !username.contains(":") else {
            throw GatewayError(
                .invalidCredentials, "the user name \"\(username)\" has a colon in it, which a login cannot")
        }
        self.init(username: username, password: String(password))
    }

    public var description: String { "\(username):…" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["username": username]) }

    /// The value of the Authorization header.
    public var authorization: String { "Basic " + Data("\(username):\(password)".utf8).base64EncodedString() }

    /// `text` with the password taken out, plain or encoded.
    public func redact(_ text: String) -> String {
        [password, String(authorization.dropFirst("Basic ".count))].filter { !$0.isEmpty }.reduce(text) {
            $0.replacingOccurrences(of: $1, with: "…")
        }
    }
}
