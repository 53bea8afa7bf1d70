import Curl
import HTTPTypes
import HummingbirdCore
import NIOCore
import Steering

/// Answers what comes in: sends calls on, and hands answers back while they come.
struct IngressResponder: Sendable {
    let ingress: FunctionIngress
    let sender: CallSender
    /// Calls that are made later; nil: the gateway's queue takes them.
    let stored: StoredRunner?

    init(_ ingress: FunctionIngress, _ sender: CallSender, _ stored: StoredRunner?) {
        (self.ingress, self.sender, self.stored) = (ingress, sender, stored)
    }

    func respond(
        to request: Request, _ writer: consuming ResponseWriter, _ connection: IngressConnection
    ) async throws {
        let target = request.head.path ?? "/"
        if let rest = target.below("/function/") {
            let line = line(of: rest)
            if let line, let stored, Self.isLater(request) {
                try await later(target, line, stored, request).write(to: writer)
            } else {
                try await call(target, line, request, writer, connection)
            }
        } else if let rest = target.below("/async-function/") {
            if let line = line(of: rest), let stored {
                try await later("/function/" + rest, line, stored, request).write(to: writer)
            } else {
                try await call(target, nil, request, writer, connection)
            }
        } else if let id = target.below("/async-function-result/"), let stored {
            try await result(String(id), stored, request, writer)
        } else if target == "/healthz" {
            try await IngressAnswer(.ok, "healthy", "OK").write(to: writer)
        } else {
            try await IngressAnswer(
                .notFound, "unknown", "there are /function/NAME and /async-function/NAME, as at the gateway"
            ).write(to: writer)
        }
    }

    /// The line of the function that a path names; nil: it is none that is steered.
    private func line(of rest: Substring) -> FunctionLine? {
        let address = rest.prefix { $0 != "/" && $0 != "?" }
        let parts = address.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || parts[1] == ingress.settings.namespace else { return nil }
        return ingress.lines[String(parts[0])]
    }

    private func call(
        _ target: String, _ line: FunctionLine?, _ request: Request, _ writer: consuming ResponseWriter,
        _ connection: IngressConnection
    ) async throws {
        guard let deadline = Self.deadline(of: request, usual: line?.function.settings.deadline ?? 60) else {
            return try await IngressAnswer.badDeadline.write(to: writer)
        }
        var call = CallUnderWay(line, deadline: deadline, ingress)
        call.id(HTTPField.Name("X-Call-Id").flatMap { request.headers[$0] })
        defer {
            connection.onHangUp(nil)
            call.close()
        }
        let body = try await CallBody(of: request, keptBytes: ingress.settings.keptBytes)
        do {
            if let refusal = await call.begin(connection) {
                try await refusal.write(to: writer)
            } else {
                try await send(target, request, body, &call, writer, connection)
            }
        } catch {
            await body.finish()
            throw error
        }
        await body.finish()
    }

    private func send(
        _ target: String, _ request: Request, _ body: CallBody, _ call: inout CallUnderWay,
        _ writer: consuming ResponseWriter, _ connection: IngressConnection
    ) async throws {
        let outgoing = sender.request(
            request.method.rawValue, target,
            headers: ForwardedHeaders.request(
                request.head, withoutLogin: sender.login, peer: connection.peer,
                hasLength: body.bytes.isEmpty && body.upload == nil),
            body: body.bytes)
        let exchange: HTTPExchange
        let head: HTTPExchange.Head
        do {
            (exchange, head) = try await sender.answer(to: outgoing, upload: body.upload, &call, connection)
        } catch {
            if connection.isClosed {
                call.finish(.gone)
                throw error
            }
            let answer = IngressAnswer(error)
            call.finish(.unanswered, status: answer.status.code)
            return try await answer.write(to: writer)
        }
        do {
            try await Self.hand(exchange, head, to: writer, isHead: request.method == .head, &call)
            call.finish(.answered, status: head.status)
        } catch {
            // Either side may have broken off; the caller's connection ends, so that nobody takes a part for the whole.
            exchange.cancel()
            call.finish(connection.isClosed || !(error is HTTPFailure) ? .gone : .unanswered, status: head.status)
            throw error
        }
    }

    /// Bodies up to this size are written with one write.
    private static let atOnce = 64 << 10

    private static func hand(
        _ exchange: HTTPExchange, _ head: HTTPExchange.Head, to writer: consuming ResponseWriter, isHead: Bool,
        _ call: inout CallUnderWay
    ) async throws {
        let response = HTTPTypes.HTTPResponse(
            status: .init(code: head.status, reasonPhrase: head.reason),
            headerFields: ForwardedHeaders.answer(head.headers))
        var piece = try exchange.take()
        var bytes = ByteBuffer(bytes: piece.bytes)
        let length = response.headerFields[.contentLength].flatMap { Int($0) }
        let isShort = isHead || length.map { $0 <= atOnce } == true
        while isShort, !piece.isLast {
            await exchange.wait()
            piece = try exchange.take()
            bytes.writeBytes(piece.bytes)
        }
        if piece.isLast {
            call.answered()
            call.id(head["X-Call-Id"])
            return try await writer.write(
                response: response, body: bytes.readableBytes > 0 ? ResponseBody(byteBuffer: bytes) : ResponseBody())
        }
        call.id(head["X-Call-Id"])
        var body = try await writer.writeHead(response)
        if bytes.readableBytes > 0 { try await body.write(bytes) }
        while let bytes = try await exchange.next() { try await body.write(ByteBuffer(bytes: bytes)) }
        call.answered()
        try await body.finish(nil)
    }

    /// In seconds; nil: what the caller says is none.
    static func deadline(of request: Request, usual: Double) -> Double? {
        guard let name = HTTPField.Name("X-Deadline-Seconds"), let text = request.headers[name] else { return usual }
        guard let seconds = Double(text), seconds > 0, seconds.isFinite else { return nil }
        return seconds
    }
}

extension String {
    /// What stands behind `prefix`; nil: it does not begin so.
    func below(_ prefix: StaticString) -> Substring? {
        let begins = prefix.withUTF8Buffer { utf8.starts(with: $0) }
        return begins ? self[utf8.index(startIndex, offsetBy: prefix.utf8CodeUnitCount)...] : nil
    }
}
