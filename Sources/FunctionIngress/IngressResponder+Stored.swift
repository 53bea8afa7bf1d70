import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import Steering

/// Calls that are answered at once and made later, and what came of them.
extension IngressResponder {
    /// Whether the caller would rather not wait (RFC 7240).
    static func isLater(_ request: Request) -> Bool {
        guard let name = HTTPField.Name("Prefer"), request.headers.contains(name) else { return false }
        return request.headers[values: name].flatMap { $0.split(separator: ",") }.contains {
            $0.trimmingCharacters(in: .whitespaces).lowercased() == "respond-async"
        }
    }

    /// Accepts a call: it is on the disk when this returns so.
    func later(
        _ target: String, _ line: FunctionLine, _ stored: StoredRunner, _ request: Request
    ) async throws -> IngressAnswer {
        let isQueue = request.head.path?.below("/async-function/") != nil
        guard request.method == .post || !isQueue else {
            return IngressAnswer(.methodNotAllowed, "refused", "POST a call here")
        }
        let usual = line.function.settings.deadline
        guard let deadline = Self.deadline(of: request, usual: usual) else { return .badDeadline }
        let callback = HTTPField.Name("X-Callback-Url").flatMap { request.headers[$0] }
        if let callback, !Self.isURL(callback) {
            return IngressAnswer(
                .badRequest, "refused", "X-Callback-Url must be such as http://HOST:PORT/PATH, got \"\(callback)\"")
        }
        guard stored.waiting < ingress.settings.mostStored else {
            return IngressAnswer(
                .tooManyRequests, "full", "\(ingress.settings.mostStored) calls wait already; try again later")
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: ingress.settings.mostStoredBytes)
        } catch is NIOTooManyBytesError {
            return IngressAnswer(
                .contentTooLarge, "refused",
                "a call that is made later may have \(ingress.settings.mostStoredBytes) bytes; make it directly")
        }
        let id = UUID().uuidString.lowercased()
        var headers = ForwardedHeaders.request(
            request.head, withoutLogin: sender.login, peer: nil, hasLength: body.readableBytes == 0
        ).filter { !["x-callback-url", "prefer"].contains($0.name.lowercased()) }
        let callID = HTTPField.Name("X-Call-Id").flatMap { request.headers[$0] } ?? id
        if callID == id { headers.append(("X-Call-Id", id)) }
        let call = StoredCall(
            id: id, function: line.name, accepted: Date().timeIntervalSince1970, deadline: deadline,
            method: request.method.rawValue, target: target,
            headers: headers.map { .init(name: $0.name, value: $0.value) },
            body: Data(body.readableBytesView), callback: callback)
        let arrival = ingress.clock.now
        do {
            try await stored.accept(call, line, arrival: arrival)
        } catch {
            return IngressAnswer(
                .serviceUnavailable, "refused", "the call cannot be written down, so it is not accepted: \(error)")
        }
        var answer = IngressAnswer(.accepted, "accepted", "the call is made later")
        answer.headers[.location] = "/async-function-result/\(id)"
        if let name = HTTPField.Name("X-Call-Id") { answer.headers[name] = callID }
        if !isQueue, let name = HTTPField.Name("Preference-Applied") { answer.headers[name] = "respond-async" }
        return answer
    }

    /// What came of a call that was accepted: 202 as long as nothing has, then the function's answer as it was.
    func result(
        _ id: String, _ stored: StoredRunner, _ request: Request, _ writer: consuming ResponseWriter
    ) async throws {
        guard request.method == .get || request.method == .head else {
            return try await IngressAnswer(.methodNotAllowed, "refused", "GET a result").write(to: writer)
        }
        switch try await stored.find(id) {
        case nil:
            try await IngressAnswer(.notFound, "unknown", "no call \(id) is known, or its result was dropped").write(
                to: writer)
        case .waiting:
            try await IngressAnswer(.accepted, "waiting", "the call waits for a worker").write(to: writer)
        case .running: try await IngressAnswer(.accepted, "running", "the call is being made").write(to: writer)
        case .interrupted:
            try await IngressAnswer(
                .gone, "interrupted", "the ingress ended while the call ran, and it is not to run twice; make it again"
            ).write(to: writer)
        case .ended(let answer):
            if let reason = answer.reason {
                return try await IngressAnswer(.init(code: answer.status), "unanswered", reason).write(to: writer)
            }
            var response = HTTPResponse(
                status: .init(code: answer.status),
                headerFields: ForwardedHeaders.answer(answer.headers.map { ($0.name, $0.value) }))
            response.headerFields[.contentLength] = String(answer.body.count)
            let body =
                request.method == .head || answer.body.isEmpty
                ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
            try await writer.write(response: response, body: body)
        }
    }

    private static func isURL(_ text: String) -> Bool {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else { return false }
        return ["http", "https"].contains(scheme) && parts.host?.isEmpty == false
    }
}

extension IngressAnswer {
    static var badDeadline: IngressAnswer {
        IngressAnswer(.badRequest, "refused", "X-Deadline-Seconds must be more than 0 seconds")
    }
}
