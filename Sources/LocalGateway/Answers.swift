import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers in the form of Go's HTTP server, which clients of OpenFaaS know.
extension Response {
    static func empty(_ status: HTTPResponse.Status) -> Response { Response(status: status) }

    /// A text as Go's `http.Error` writes it, line break included.
    static func error(_ status: HTTPResponse.Status, _ text: String) -> Response {
        var response = Response.text(status, text + "\n")
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    static func text(_ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8")
        -> Response
    {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static func json(_ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = ByteBuffer(bytes: try encoder.encode(value))
        return Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }

    static func refusal(_ refusal: Refusal) -> Response {
        if refusal.text.isEmpty { return .empty(.init(code: refusal.status)) }
        if refusal.endsLine { return .error(.init(code: refusal.status), refusal.text) }
        return .text(.init(code: refusal.status), refusal.text)
    }

    static var pageNotFound: Response { .error(.notFound, "404 page not found") }
}

/// The JSON of request bodies, with Go's words for what is no JSON at all.
enum RequestJSON {
    /// - Throws: ``Refusal`` 400.
    static func decode<T: Decodable>(_ type: T.Type, from body: ByteBuffer) throws(Refusal) -> T {
        let bytes = body.readableBytesView
        let data = Data(bytes)
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw Refusal(
                400,
                "json: cannot unmarshal \(path.isEmpty ? "the body" : "field \(path)"): \(context.debugDescription)")
        } catch {
            guard let first = bytes.first(where: { !" \t\r\n".utf8.contains($0) }) else {
                throw Refusal(400, "unexpected end of JSON input")
            }
            let isBeginning = "{[\"-0123456789tfn".utf8.contains(first)
            let character = String(decoding: [first], as: UTF8.self)
            throw Refusal(
                400,
                isBeginning
                    ? "invalid JSON in the request body"
                    : "invalid character '\(character)' looking for beginning of value")
        }
    }
}

extension HTTPField.Name {
    /// Registered header names; the literals are tokens, so these never trap.
    static let xCallID = HTTPField.Name("X-Call-Id")!
    static let xStartTime = HTTPField.Name("X-Start-Time")!
    static let xServedBy = HTTPField.Name("X-Served-By")!
    static let xDurationSeconds = HTTPField.Name("X-Duration-Seconds")!
    static let xOpenFaaSInternal = HTTPField.Name("X-Openfaas-Internal")!
}
