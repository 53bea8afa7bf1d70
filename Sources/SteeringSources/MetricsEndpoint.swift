import Curl
import Foundation
import OpenFaaS
public import Steering

/// A server of metrics, and what it takes to be let in.
///
///     let server = try MetricsEndpoint("http://127.0.0.1:9090", login: .bearer(file: "/run/secrets/token"))
public struct MetricsEndpoint: Sendable {
    public enum Login: Sendable, Hashable {
        /// What stands in the address, if anything.
        case none
        case basic(user: String, passwordFile: String)
        /// Read at each call, since tokens are renewed.
        case bearer(file: String)
    }

    /// Without login, query and trailing slash.
    let url: String
    private let login: Login
    private let credentials: GatewayCredentials?
    private let http: HTTPClient

    /// - Parameters:
    ///   - address: with a path, if it has one; `http://user:password@host` is understood.
    ///   - certificateAuthorities: a file of those to trust instead of the system's, in PEM form.
    /// - Throws: for an address that is none, and a password file that cannot be read.
    public init(
        _ address: String, login: Login = .none, certificateAuthorities: String? = nil
    ) throws(SteeringFailure) {
        do {
            let parts = try GatewayAddress(address)
            url = parts.url
            self.login = login
            credentials =
                if case .basic(let user, let file) = login {
                    try GatewayCredentials(username: user, passwordFile: file)
                } else {
                    parts.credentials
                }
        } catch {
            throw SteeringFailure("\(error)")
        }
        http = HTTPClient(options: .init(certificateAuthorities: certificateAuthorities))
    }

    /// The body of a 2xx, within `timeout` and `most` bytes.
    func get(
        _ path: String, accept: String, timeout: Duration, most: Int
    ) async throws(SteeringFailure) -> HTTPResponse {
        var headers = [(name: "Accept", value: accept)]
        if let authorization = try authorization() { headers.append(("Authorization", authorization)) }
        var request = HTTPRequest("GET", url + path, headers: headers, timeout: timeout, maxResponseBytes: most)
        request.connectTimeout = min(request.connectTimeout, timeout)
        request.isUrgent = true
        do {
            return try await http.send(request)
        } catch is CancellationError {
            throw SteeringFailure("steering ends")
        } catch {
            throw SteeringFailure("\(error)")
        }
    }

    private func authorization() throws(SteeringFailure) -> String? {
        guard case .bearer(let file) = login else { return credentials?.authorization }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw SteeringFailure("the token file \(file) cannot be read; check its name and who may read it")
        }
        let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.count <= 65_536, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw SteeringFailure("the token file \(file) holds no token; write the server's into it, on one line")
        }
        return "Bearer \(token)"
    }

    /// The beginning of an answer, on one line and without what was logged in with.
    func excerpt(_ response: HTTPResponse) -> String {
        var text = String(decoding: response.body.prefix(200), as: UTF8.self)
        if let credentials { text = credentials.redact(text) }
        if let word = try? authorization() { text = text.replacingOccurrences(of: word, with: "…") }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
