import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Commits the faults that concern a connection: closing it before a call, or in the middle of the answer.
final class FaultHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let plan: FaultPlan
    /// Of the answer that comes next.
    private var isToBeCut = false
    private var isClosed = false

    init(plan: FaultPlan) {
        self.plan = plan
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        if !plan.isEmpty, case .head(let head) = unwrapInboundIn(data), head.path?.hasPrefix("/function/") == true {
            let faults = plan.draw([.refuse, .cut])
            if faults.contains(where: { $0.kind == .refuse }) { return close(context) }
            isToBeCut = !faults.isEmpty
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isToBeCut else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            // A length that the body will not have; an answer without a body is cut before its end, too.
            var head = head
            if head.headerFields[.contentLength] == nil || head.headerFields[.contentLength] == "0" {
                head.headerFields[.contentLength] = "1"
            }
            head.headerFields[.transferEncoding] = nil
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let body):
            let half = body.getSlice(at: body.readerIndex, length: body.readableBytes / 2) ?? ByteBuffer()
            context.writeAndFlush(wrapOutboundOut(.body(half)), promise: promise)
            close(context)
        case .end:
            promise?.succeed()
            close(context)
        }
    }

    private func close(_ context: ChannelHandlerContext) {
        guard !isClosed else { return }
        isClosed = true
        context.close(promise: nil)
    }
}
