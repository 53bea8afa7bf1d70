import Curl

@testable import DaemonHTTP

func ask(
    _ address: HTTPAddress, _ path: String, method: String = "GET", headers: [(name: String, value: String)] = [],
    body: String = ""
) async throws -> HTTPResponse {
    try await HTTPClient(options: .init(usesEnvironmentProxy: false)).send(
        HTTPRequest(method, "http://\(address)\(path)", headers: headers, body: Array(body.utf8)))
}
