import Curl
import HTTPTypes
import HummingbirdCore
import NIOCore

/// What the ingress itself answers, for people; the header X-Faasfarm-Ingress says so to programs.
struct IngressAnswer: Sendable, Hashable {
    var status: HTTPTypes.HTTPResponse.Status
    var text: String
    /// What it is, in a word.
    var word: String
    var headers: HTTPFields = [:]

    init(_ status: HTTPTypes.HTTPResponse.Status, _ word: String, _ text: String) {
        (self.status, self.word, self.text) = (status, word, text)
        if status == .tooManyRequests || status == .serviceUnavailable { headers[.retryAfter] = "1" }
    }

    /// What a call's failure means to its caller.
    init(_ failure: any Error) {
        guard let failure = failure as? HTTPFailure else {
            self.init(.badGateway, "unanswered", "\(failure)")
            return
        }
        let status: HTTPTypes.HTTPResponse.Status =
            switch failure.kind {
            case .timedOut: .gatewayTimeout
            case .shortage, .shutDown: .serviceUnavailable
            case .invalidRequest: .badRequest
            default: .badGateway
            }
        self.init(status, "unanswered", "the gateway has not answered: \(failure.description)")
    }

    func write(to writer: consuming ResponseWriter) async throws {
        var response = HTTPTypes.HTTPResponse(status: status, headerFields: headers)
        let line = text + "\n"
        response.headerFields[.contentType] = "text/plain; charset=utf-8"
        response.headerFields[.contentLength] = String(line.utf8.count)
        if let name = HTTPField.Name("X-Faasfarm-Ingress") { response.headerFields[name] = word }
        try await writer.write(response: response, body: ResponseBody(byteBuffer: ByteBuffer(string: line)))
    }
}
