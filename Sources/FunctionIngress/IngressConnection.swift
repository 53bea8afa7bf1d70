import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import Synchronization

/// A caller's connection, which tells the call under way when the caller hangs up.
final class IngressConnection: Sendable {
    private struct State {
        var isClosed = false
        var action: (@Sendable () -> Void)?
    }

    /// The caller's address and port; nil: the system does not say.
    let peer: String?
    private let state = Mutex(State())

    init(peer: String?) { self.peer = peer }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// What is to be done when the caller hangs up, in the place of what was; at once where it has.
    func onHangUp(_ action: (@Sendable () -> Void)?) {
        let isClosed = state.withLock { state in
            state.action = action
            return state.isClosed
        }
        if isClosed { action?() }
    }

    func hangUp() {
        let action = state.withLock { state in
            state.isClosed = true
            return exchange(&state.action, with: nil)
        }
        action?()
    }
}

/// A connection's handler: tells of its end, answers "Expect: 100-continue", and keeps the end of an answer to HEAD from being
/// written as a chunk, which its caller would take for the next answer's beginning.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let connection: IngressConnection
    /// Of the requests that were not answered, in order: whether they are HEAD.
    private var areHeads: [Bool] = []

    init(_ connection: IngressConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            areHeads.append(head.method == .head)
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(.init(status: .continue))), promise: nil)
            }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data), !areHeads.isEmpty, areHeads.removeFirst() {
            context.write(wrapOutboundOut(.body(ByteBuffer())), promise: promise)
        } else {
            context.write(data, promise: promise)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A caller that will send no more is taken for gone, as by other gateways: it cannot be told apart from one that is.
        if case .inputClosed? = event as? ChannelEvent { connection.hangUp() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.hangUp()
        context.fireChannelInactive()
    }
}

/// Serves HTTP/1.1 on a connection, and knows which one it is.
struct IngressChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let http: HTTP1Channel.Value
        let connection: IngressConnection

        var channel: any Channel { http.channel }
    }

    let idleLimit: Duration
    let respond: @Sendable (Request, consuming ResponseWriter, IngressConnection) async throws -> Void

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let connection = IngressConnection(
            peer: channel.remoteAddress.flatMap { address in
                guard let host = address.ipAddress, let port = address.port else { return nil }
                return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            })
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionHandler(connection)], idleTimeout: TimeAmount(idleLimit))
        return HTTP1Channel(responder: { _, _, _ in }, configuration: configuration)
            .setup(channel: channel, logger: logger).map { Value(http: $0, connection: connection) }
    }

    func handle(value: Value, logger: Logger) async {
        let (respond, connection) = (respond, value.connection)
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await HTTP1Channel { request, writer, _ in
                try await respond(request, writer, connection)
            }.handle(value: value.http, logger: logger)
        }
    }
}

/// Runs a connection's work on the thread that its socket is read on, so that nothing is handed from thread to thread in between.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
