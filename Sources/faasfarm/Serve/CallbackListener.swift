import Foundation
import HTTPTypes
import Hummingbird
import LiveFarm
import Logging
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
    private let logger: Logger
    private var starting: Task<CallbackDesk, any Error>?

    /// - Parameters:
    ///   - listen: HOST:PORT to listen on; port 0 takes a free one.
    ///   - publicURL: under which the gateway reaches it; nil: as it listens.
    init(listen: (host: String, port: Int), publicURL: String?, logger: Logger) {
        (host, port) = listen
        self.publicURL = publicURL
        self.logger = logger
    }

    /// The desk, once its server listens.
    ///
    /// - Throws: why it cannot listen.
    func desk() async throws -> CallbackDesk {
        if let starting { return try await starting.value }
        let task = Task { [host, port, publicURL, logger] in
            try await Self.start(host: host, port: port, publicURL: publicURL, logger: logger)
        }
        starting = task
        return try await task.value
    }

    private static func start(host: String, port: Int, publicURL: String?, logger: Logger) async throws -> CallbackDesk
    {
        let responder = CallbackResponder()
        let bound = try await BackgroundServer.start(responder, host: host, port: port, logger: logger)
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

    func open(_ desk: CallbackDesk) {
        self.desk.withLock { $0 = desk }
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        // A base path of a proxy may have been taken off on the way.
        guard let desk = desk.withLock({ $0 }), request.method == .post, desk.path.hasSuffix(request.uri.path),
            request.uri.path.contains("/callback/")
        else { return Response(status: .notFound) }
        let body = try await request.body.collect(upTo: Self.mostBytes)
        let headers = request.headers.map { (name: $0.name.rawName, value: $0.value) }
        guard let answer = FunctionAnswer(callbackHeaders: headers, body: Array(body.readableBytesView)),
            let id = answer.callID
        else { return Response(status: .badRequest) }
        desk.deliver(answer, of: id)
        return Response(status: .ok)
    }
}
