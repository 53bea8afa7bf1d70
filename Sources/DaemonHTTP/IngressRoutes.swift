import HTTPTypes
public import Hummingbird
public import LiveFarm
public import Logging
import NIOCore

/// Where tasks come into a live farm: POST /tasks, GET /tasks/ID.
public struct IngressRoutes: HTTPRoutes {
    private static let mostBytes = 16 << 20
    /// Not passed on: they are of this connection, or the farm's own.
    private static let dropped: Set<String> = [
        "accept-encoding", "authorization", "connection", "content-length", "cookie", "expect", "host", "keep-alive",
        "prefer", "te", "trailer", "transfer-encoding", "upgrade", "x-attempt", "x-call-id", "x-deadline-seconds",
        "x-task-id",
    ]

    private let ingress: Ingress

    public init(_ ingress: Ingress) { self.ingress = ingress }

    public var paths: String { "POST /tasks and GET /tasks/ID" }

    public func open(at address: HTTPAddress, _ logger: Logger) {
        logger.notice("tasks are taken on http://\(address)/tasks")
    }

    public func response(to request: Request) async throws -> Response? {
        let path = request.uri.path
        guard path == "/tasks" || path.hasPrefix("/tasks/") else { return nil }
        // A page in a browser of this machine must not bring tasks.
        guard request.headers[.origin] == nil else {
            return .text(.forbidden, "requests of web pages are not taken")
        }
        if path == "/tasks" {
            guard request.method == .post else { return .text(.methodNotAllowed, "POST a task here") }
            return try await take(request)
        }
        if request.method == .get {
            let id = String(path.dropFirst("/tasks/".count))
            switch await ingress.lookUp(id) {
            case .open: return Self.accepted(id)
            case .ended(let outcome): return Self.answer(outcome, of: id)
            case .lost:
                return .text(
                    .gone, "lost: the daemon that took the task ended before the task did; post it again")
            case .unknown: return .text(.notFound, "no task \(id) is known, or its result was dropped")
            }
        }
        return .text(.notFound, "there are \(paths)")
    }

    private func take(_ request: Request) async throws -> Response {
        var deadline: Double?
        if let text = Self.value("X-Deadline-Seconds", in: request) {
            guard let seconds = Double(text), seconds > 0, seconds.isFinite else {
                return .text(.badRequest, "X-Deadline-Seconds must be more than 0 seconds, got \"\(text)\"")
            }
            deadline = seconds
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.mostBytes)
        } catch is NIOTooManyBytesError {
            return .text(.contentTooLarge, "a task may have \(Self.mostBytes) bytes")
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
            var response: Response =
                switch error {
                case .noEpisode:
                    .text(
                        .serviceUnavailable,
                        "no episode runs that could take the task; post it again once an agent has reset the farm")
                case .notKept(let reason):
                    .text(.serviceUnavailable, "the task could not be written down: \(reason)")
                case .full(let limit): .text(.tooManyRequests, "\(limit) tasks are open; try again later")
                }
            response.headers[.retryAfter] = "1"
            return response
        }
    }

    private static func accepted(_ id: String) -> Response {
        var response = Response.text(.accepted, "the task has not ended")
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
            response = Response.text(.serviceUnavailable, "\(Ingress.episodeEnded) before the task did; post it again")
            response.headers[.retryAfter] = "1"
        case .failed(let reason): response = Response.text(.badGateway, reason)
        }
        if let name = HTTPField.Name("X-Task-Id") { response.headers[name] = id }
        return response
    }

    private static func value(_ name: String, in request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }
}
