import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SystemErrors

/// `/async-function/`: calls that are answered at once and made later.
extension GatewayResponder {
    /// Whether the function is there is found out when its turn comes.
    func enqueue(_ rest: Substring, query: Substring, _ request: Request) async -> Response {
        guard let (name, _) = Self.address(in: rest) else { return .pageNotFound }
        guard request.method == .post else { return .empty(.methodNotAllowed) }
        let call = Call(request.head)
        let callback = request.headers[.xCallbackURL]
        if let callback, let reason = Self.flaw(in: callback) {
            return call.mark(.error(.badRequest, "parse \"\(callback)\": \(reason)"))
        }
        let limit = configuration.profile.queueLimit
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: configuration.maximumBodyBytes)
        } catch is NIOTooManyBytesError {
            let length = request.headers[.contentLength] ?? "more than \(configuration.maximumBodyBytes)"
            return call.mark(tooLarge(length))
        } catch {
            return call.mark(.empty(.badGateway))
        }
        guard body.readableBytes <= limit.bytes else { return call.mark(tooLarge(String(body.readableBytes))) }
        if !faults.draw([.notQueued]).isEmpty {
            return call.mark(PlatformFailure.queue(reason: "nats: outbound buffer limit exceeded").response)
        }
        guard faults.draw([.nothing]).isEmpty else { return call.mark(.empty(.accepted)) }
        var headers = Call.endToEnd(request.headers.map { (name: $0.name.rawName, value: $0.value) })
        for name in [HTTPField.Name.xCallbackURL, .xCallID, .expect, .authorization] { headers[name] = nil }
        do {
            try queue.add(
                name, target: "\(rest)\(query)",
                headers: headers.map { QueuedCall.Header(name: $0.name.rawName, value: $0.value) },
                body: Data(body.readableBytesView), callID: call.callID, callback: callback)
        } catch {
            return call.mark(PlatformFailure.queue(reason: SystemFailure.reason(error)).response)
        }
        return call.mark(.empty(.accepted))
    }

    private func tooLarge(_ length: String) -> Response {
        let limit = configuration.profile.queueLimit
        return .error(
            .init(code: limit.status),
            "Error queuing request: request body too large (\(length) bytes), maximum: \(limit.bytes) bytes")
    }

    /// Why nothing can be sent to `callback`, in Go's words; nil when it can.
    private static func flaw(in callback: String) -> String? {
        guard let scheme = callback.range(of: "://"), scheme.lowerBound > callback.startIndex else {
            return "missing protocol scheme"
        }
        guard ["http", "https"].contains(callback[..<scheme.lowerBound].lowercased()) else {
            return "the scheme must be http or https"
        }
        guard let host = URLComponents(string: callback)?.host, !host.isEmpty else { return "no host in the address" }
        return nil
    }
}
