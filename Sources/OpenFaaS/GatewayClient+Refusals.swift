import Curl
import Foundation

extension GatewayClient {
    /// What an answer other than 2xx means.
    func refusal(of request: HTTPRequest, _ response: HTTPResponse) -> GatewayError {
        let status = response.status
        let (kind, advice): (GatewayError.Kind, String) =
            switch status {
            case 401, 403:
                (
                    .unauthorized,
                    credentials == nil
                        ? "the gateway wants a login: give its user name and a password file"
                        : "the gateway refuses the login: check the user name and the password file"
                )
            case 404: (.notFound, "check the function's name, the namespace and the address's base path")
            case 300...399:
                (
                    .refused(status: status),
                    "the gateway points to \(location(in: response)), which is not followed, so that the login never reaches "
                        + "another host; give that address"
                )
            case 502, 503, 504: (.unavailable, "the gateway or its provider is away; try again later")
            case 400...499: (.refused(status: status), "the gateway takes this as a mistake of the request's")
            default: (.refused(status: status), "look at the gateway's and its provider's logs")
            }
        return GatewayError(kind, "\(request.method) \(request.url): \(status) \(excerpt(of: response)); \(advice)")
    }

    /// The beginning of the body on one line, without secrets.
    func excerpt(of response: HTTPResponse) -> String {
        let words = response.text.prefix(1_000).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !words.isEmpty else { return "(empty body)" }
        let text = words.count > 200 ? words.prefix(200) + "…" : words
        return "\"" + (credentials?.redact(text) ?? text) + "\""
    }

    private func location(in response: HTTPResponse) -> String {
        guard let text = response["Location"], var parts = URLComponents(string: text) else { return "elsewhere" }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        return parts.string ?? "elsewhere"
    }
}

extension GatewayError {
    /// What it means that a call got no answer.
    init(_ failure: HTTPFailure, _ request: HTTPRequest, after duration: Duration) {
        let call = "\(request.method) \(request.url)"
        let seconds = duration.inSeconds
        switch failure.kind {
        case .timedOut:
            self.init(
                .timedOut,
                "\(call): no answer within the client's limit of \(request.timeout.inSeconds) s; raise it if the work takes longer"
            )
        case .notConnected:
            self.init(.unavailable, "\(failure.description); check that the gateway runs and can be reached from here")
        case .connectionLost:
            self.init(
                .connectionLost,
                "\(failure.description), \(seconds) s after the call; \(Self.whyLost(request, after: seconds))")
        case .shortage: self.init(.shortage, failure.description)
        case .tls:
            self.init(
                .tls,
                "\(failure.description); name the gateway's certificate authority in a file, or correct the host name")
        case .tooLarge: self.init(.tooLarge, failure.description)
        case .invalidRequest: self.init(.invalidRequest, failure.description)
        case .shutDown: self.init(.shutDown, failure.description)
        }
    }
}

extension GatewayError {
    /// What is known to end a connection without an answer, by what was asked.
    private static func whyLost(_ request: HTTPRequest, after seconds: Double) -> String {
        let path = request.url.prefix { $0 != "?" }
        if request.method == "GET", path.hasSuffix("/system/functions") {
            return
                "a gateway does that when it cannot ask its Prometheus, which the list of functions needs; the status of a "
                + "single function and calls do not"
        }
        if path.contains("/system/") {
            return "the gateway or something before it crashed or hung up; look at its log"
        }
        return "a gateway whose write_timeout is shorter than the work does that, and the work may have been done"
    }
}

extension Duration {
    /// For messages: to the millisecond.
    var inSeconds: Double {
        ((self / .milliseconds(1)).rounded()) / 1_000
    }
}
