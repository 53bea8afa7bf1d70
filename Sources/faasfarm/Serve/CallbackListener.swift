import Foundation
import HTTPTypes
import Hummingbird
import LiveFarm
import Logging
import Metrics
import NIOCore
import OpenFaaS
import Synchronization

/// The HTTP server that takes callbacks of queued calls, for all farms of the daemon.
///
/// It begins with the first farm and ends with the program; what it is sent at any other path than its desk's is
/// answered 404, so that nobody who does not know the path can forge results.
actor CallbackListener {
    private let host: String
    private let port: Int
    private let publicURL: String?
    private let idleLimit: TimeAmount
    private let logger: Logger
    private var starting: Task<CallbackDesk, any Error>?

    /// - Parameters:
    ///   - listen: HOST:PORT to listen on; port 0 takes a free one.
    ///   - publicURL: under which the gateway reaches it; nil: as it listens.
    ///   - idleLimit: for how long a connection may be silent before its request has come whole, or between requests.
    init(listen: (host: String, port: Int), publicURL: String?, idleLimit: TimeAmount, logger: Logger) {
        (host, port) = listen
        self.publicURL = publicURL
        self.idleLimit = idleLimit
        self.logger = logger
    }

    /// The desk, once its server listens.
    ///
    /// - Throws: why it cannot listen.
    func desk() async throws -> CallbackDesk {
        if let starting { return try await starting.value }
        let task = Task { [host, port, publicURL, idleLimit, logger] in
            try await Self.start(host: host, port: port, publicURL: publicURL, idleLimit: idleLimit, logger: logger)
        }
        starting = task
        return try await task.value
    }

    private static func start(
        host: String, port: Int, publicURL: String?, idleLimit: TimeAmount, logger: Logger
    ) async throws -> CallbackDesk {
        let responder = CallbackResponder(logger: logger)
        let bound = try await BackgroundServer.start(
            responder, host: host, port: port, idleLimit: idleLimit, logger: logger)
        let name = host.contains(":") ? "[\(host)]" : host
        let desk = CallbackDesk(base: publicURL ?? "http://\(name):\(bound)")
        responder.open(desk)
        logger.notice("callbacks are taken on \(host):\(bound)")
        return desk
    }
}

/// Answers callbacks.
private final class CallbackResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    private static let mostBytes = 64 << 20
    private let desk = Mutex<CallbackDesk?>(nil)
    private let logger: Logger
    private let strays = Counter(label: "faasfarm_stray_callbacks_total")

    init(logger: Logger) {
        self.logger = logger
    }

    func open(_ desk: CallbackDesk) {
        self.desk.withLock { $0 = desk }
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        guard let desk = desk.withLock({ $0 }), let key = desk.key(in: request.uri.path) else {
            return refuse(request, .notFound, "nothing is here; callbacks have an address of their own for each call")
        }
        guard request.method == .post else { return refuse(request, .methodNotAllowed, "a callback is a POST") }
        let body = try await request.body.collect(upTo: Self.mostBytes)
        let headers = request.headers.map { (name: $0.name.rawName, value: $0.value) }
        let answer = FunctionAnswer(callbackHeaders: headers, body: Array(body.readableBytesView))
        let problem = "the callback has no status: X-Function-Status is missing, or no number of 100 to 599"
        // The call's end is known all the same, so nobody has to wait for its limit.
        let callback = answer.map { CallbackDesk.Callback.success($0) } ?? .failure(GatewayError(.noCallback, problem))
        guard desk.deliver(callback, of: key) != .unknown else {
            return refuse(request, .notFound, "no call waits for this callback")
        }
        return answer == nil ? refuse(request, .badRequest, problem) : Response(status: .ok)
    }

    /// The path is not shown: what it begins with is secret.
    private func refuse(_ request: Request, _ status: HTTPResponse.Status, _ problem: String) -> Response {
        strays.increment()
        desk.withLock { $0 }?.countStray(problem)
        logger.notice(
            "a callback was refused",
            metadata: ["method": "\(request.method)", "status": "\(status.code)", "reason": "\(problem)"])
        return Response(status: status, body: .init(byteBuffer: ByteBuffer(string: problem + "\n")))
    }
}
