import HTTPTypes
public import Hummingbird
public import Logging
import Metrics
import NIOCore
import OpenFaaS
public import OpenFaaSWorkers
import Promises
import Synchronization

/// Where callbacks of queued calls come in, for all farms of the daemon. What comes at any other path than its desk's is answered
/// 404, so that nobody who does not know the path can forge results.
public final class CallbackRoutes: HTTPRoutes {
    private static let mostBytes = 64 << 20
    private let publicURL: String?
    private let logger: Logger
    private let opened = Mutex<CallbackDesk?>(nil)
    private let promised = Promise<CallbackDesk>()
    private let strays = Counter(label: "faasfarm_stray_callbacks_total")

    /// - Parameter publicURL: under which the gateway reaches them; nil: as they are listened for.
    public init(publicURL: String?, logger: Logger) {
        self.publicURL = publicURL
        self.logger = logger
    }

    /// The desk that callbacks go to, once they are listened for.
    ///
    /// - Throws: `CancellationError`, when the calling task was cancelled before.
    public func desk() async throws -> CallbackDesk { try await promised.wait() }

    public var paths: String { "the addresses of callbacks, one for each call" }

    public func open(at address: HTTPAddress, _ logger: Logger) {
        let desk = CallbackDesk(base: publicURL ?? "http://\(address)")
        opened.withLock { $0 = desk }
        promised.finish(.success(desk))
        logger.notice("callbacks are taken on \(address)")
    }

    public func refusal(of request: Request) -> Response? {
        refuse(request, .notFound, "nothing is here; callbacks have an address of their own for each call")
    }

    public func response(to request: Request) async throws -> Response? {
        guard let desk = opened.withLock({ $0 }), let key = desk.key(in: request.uri.path) else { return nil }
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
        opened.withLock { $0 }?.countStray(problem)
        logger.notice(
            "a callback was refused",
            metadata: ["method": "\(request.method)", "status": "\(status.code)", "reason": "\(problem)"])
        return .text(status, problem)
    }
}
