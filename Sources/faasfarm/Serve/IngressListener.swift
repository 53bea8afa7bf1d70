import Foundation
import HTTPTypes
import Hummingbird
import LiveFarm
import Logging
import NIOCore
import SystemErrors

/// The HTTP server through which tasks come into a live farm: POST /tasks, GET /tasks/ID.
enum IngressListener {
    /// Begins in the background; an address that cannot be had is logged, and the daemon goes on.
    static func start(host: String, port: Int, ingress: Ingress, idleLimit: TimeAmount, logger: Logger) {
        Task.detached {
            do {
                let responder = IngressResponder(ingress: ingress)
                let bound = try await BackgroundServer.start(
                    responder, host: host, port: port, idleLimit: idleLimit, logger: logger)
                logger.notice("tasks are taken on http://\(host):\(bound)/tasks")
            } catch {
                logger.error("--ingress-listen: cannot listen on \(host):\(port): \(SystemFailure.reason(error))")
            }
        }
    }
}

private struct IngressResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    static let mostBytes = 16 << 20
    /// Not passed on: they are of this connection, or the farm's own.
    static let dropped: Set<String> = [
        "accept-encoding", "authorization", "connection", "content-length", "cookie", "expect", "host", "keep-alive",
        "prefer", "te", "trailer", "transfer-encoding", "upgrade", "x-attempt", "x-call-id", "x-deadline-seconds",
        "x-task-id",
    ]

    let ingress: Ingress

    func respond(to request: Request, context: Context) async throws -> Response {
        // A page in a browser of this machine must not bring tasks.
        guard request.headers[.origin] == nil else {
            return Self.message(.forbidden, "requests of web pages are not taken")
        }
        let path = request.uri.path
        if path == "/tasks" {
            guard request.method == .post else { return Self.message(.methodNotAllowed, "POST a task here") }
            return try await take(request)
        }
        if path.hasPrefix("/tasks/"), request.method == .get {
            let id = String(path.dropFirst("/tasks/".count))
            switch await ingress.lookUp(id) {
            case .open: return Self.accepted(id)
            case .ended(let outcome): return Self.answer(outcome, of: id)
            case .lost:
                return Self.message(
                    .gone, "lost: the daemon that took the task ended before the task did; post it again")
            case .unknown: return Self.message(.notFound, "no task \(id) is known, or its result was dropped")
            }
        }
        return Self.message(.notFound, "there are POST /tasks and GET /tasks/ID")
    }

    private func take(_ request: Request) async throws -> Response {
        var deadline: Double?
        if let text = Self.value("X-Deadline-Seconds", in: request) {
            guard let seconds = Double(text), seconds > 0, seconds.isFinite else {
                return Self.message(.badRequest, "X-Deadline-Seconds must be more than 0 seconds, got \"\(text)\"")
            }
            deadline = seconds
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.mostBytes)
        } catch is NIOTooManyBytesError {
            return Self.message(.contentTooLarge, "a task may have \(Self.mostBytes) bytes")
        }
        let pairs = request.headers.map { ($0.name.rawName, $0.value) }.filter {
            !Self.dropped.contains($0.0.lowercased())
        }
        let headers = Dictionary(pairs) { first, _ in first }
        do {
            let id = try await ingress.submit(
                payload: Array(body.readableBytesView), headers: headers, deadline: deadline)
            let isPatient = Self.value("Prefer", in: request)?.lowercased().contains("respond-async") != true
            guard isPatient, let outcome = await ingress.outcome(of: id) else { return Self.accepted(id) }
            return Self.answer(outcome, of: id)
        } catch {
            var response =
                switch error {
                case .noEpisode:
                    Self.message(
                        .serviceUnavailable,
                        "no episode runs that could take the task; post it again once an agent has reset the farm")
                case .notKept(let reason):
                    Self.message(.serviceUnavailable, "the task could not be written down: \(reason)")
                case .full(let limit): Self.message(.tooManyRequests, "\(limit) tasks are open; try again later")
                }
            response.headers[.retryAfter] = "1"
            return response
        }
    }

    private static func accepted(_ id: String) -> Response {
        var response = message(.accepted, "the task has not ended")
        response.headers[.location] = "/tasks/\(id)"
        if let name = HTTPField.Name("X-Task-Id") { response.headers[name] = id }
        return response
    }

    private static func answer(_ outcome: Ingress.Outcome, of id: String) -> Response {
        var response: Response
        switch outcome {
        case .done(let status, let headers, let body):
            response = Response(status: .init(code: status), body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
            let type = headers.first { $0.name.lowercased() == "content-type" }
            if let type { response.headers[.contentType] = type.value }
        case .failed(Ingress.episodeEnded):
            // Nothing is wrong with the task, and the next episode takes it.
            response = message(.serviceUnavailable, "\(Ingress.episodeEnded) before the task did; post it again")
            response.headers[.retryAfter] = "1"
        case .failed(let reason): response = message(.badGateway, reason)
        }
        if let name = HTTPField.Name("X-Task-Id") { response.headers[name] = id }
        return response
    }

    private static func value(_ name: String, in request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    private static func message(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }
}
