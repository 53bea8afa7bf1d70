import HTTPTypes
import Hummingbird
import NIOCore

/// Answers of the live page. Browsers keep none of them, and run nothing in them that is not theirs.
enum PageAnswer {
    private static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static func page() -> Response {
        var response = make(
            .ok, "text/html; charset=utf-8", .init(byteBuffer: ByteBuffer(bytes: PackageResources.live_html)))
        response.headers[.contentSecurityPolicy] = policy
        return response
    }

    static func json(_ text: String) -> Response {
        make(.ok, "application/json", .init(byteBuffer: ByteBuffer(string: text + "\n")))
    }

    static func text(_ status: HTTPResponse.Status, _ line: String) -> Response {
        make(status, "text/plain; charset=utf-8", .init(byteBuffer: ByteBuffer(string: line + "\n")))
    }

    static func make(_ status: HTTPResponse.Status, _ type: String, _ body: ResponseBody) -> Response {
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-store"]
        headers[.xContentTypeOptions] = "nosniff"
        return Response(status: status, headers: headers, body: body)
    }
}
