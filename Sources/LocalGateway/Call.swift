import Foundation
import HTTPTypes
import Hummingbird

/// What the gateway knows of a call, and writes into both directions.
struct Call {
    let callID: String
    private let isOwnID: Bool
    private let startTime: String

    init(_ head: HTTPTypes.HTTPRequest) {
        let given = head.headerFields[.xCallID] ?? ""
        isOwnID = given.isEmpty
        callID = isOwnID ? UUID().uuidString.lowercased() : given
        startTime = String(Int64(Date().timeIntervalSince1970 * 1e9))
    }

    /// The headers that go to the function.
    func headers(for head: HTTPTypes.HTTPRequest) -> [(name: String, value: String)] {
        var headers = Self.endToEnd(head.headerFields.map { (name: $0.name.rawName, value: $0.value) })
        headers[.contentLength] = nil
        headers[.expect] = nil
        headers[.xCallID] = callID
        headers[.xStartTime] = startTime
        var pairs = headers.map { (name: $0.name.rawName, value: $0.value) }
        if let host = head.authority { pairs.append((name: "X-Forwarded-Host", value: host)) }
        return pairs
    }

    /// Writes who answered, and how long a replica took, into the answer.
    func mark(_ response: Response, by author: String? = nil, took duration: Duration? = nil) -> Response {
        var response = response
        response.headers[.xStartTime] = startTime
        response.headers[.xServedBy] = GatewayResponder.servedBy
        response.headers[.xCallID] = isOwnID ? callID : nil
        if let author { response.headers[.xOpenFaaSInternal] = author }
        if let duration { response.headers[.xDurationSeconds] = String(format: "%.6f", duration / .seconds(1)) }
        return response
    }

    /// All but the headers that concern one connection only.
    static func endToEnd(_ headers: [(name: String, value: String)]) -> HTTPFields {
        var dropped: Set<String> = [
            "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te",
            "trailer",
            "transfer-encoding", "upgrade", "content-length",
        ]
        for header in headers where header.name.lowercased() == "connection" {
            for name in header.value.split(separator: ",") {
                dropped.insert(name.trimmingCharacters(in: .whitespaces).lowercased())
            }
        }
        var fields = HTTPFields()
        for header in headers where !dropped.contains(header.name.lowercased()) {
            guard let name = HTTPField.Name(header.name) else { continue }
            fields.append(HTTPField(name: name, value: header.value))
        }
        return fields
    }
}
