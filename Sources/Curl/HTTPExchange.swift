/// A call whose answer is read while it comes.
///
///     let call = try client.start(HTTPRequest("GET", "http://127.0.0.1:8080/long"))
///     print(try await call.head().status)
///     while let piece = try await call.next() { print(piece.count) }
public final class HTTPExchange: Sendable {
    /// An answer's first lines.
    public struct Head: Sendable {
        public var status: Int
        /// What stands behind the status, for people.
        public var reason: String
        /// In the order they came; several of one name stay several.
        public var headers: [(name: String, value: String)]

        /// The first header of that name, whatever its case.
        public subscript(header: String) -> String? { HTTPResponse(status: status, headers: headers)[header] }
    }

    /// What there is of a body.
    public struct Piece: Sendable {
        public let bytes: [UInt8]
        public let isLast: Bool
    }

    private let transfer: Transfer
    private let stream: AnswerStream
    /// Whose thread carries the call; it ends with the client.
    private let client: HTTPClient

    private var loop: TransferLoop { client.loop }

    init(_ transfer: Transfer, _ stream: AnswerStream, _ client: HTTPClient) {
        (self.transfer, self.stream, self.client) = (transfer, stream, client)
    }

    deinit { cancel() }

    /// The answer's head, once it is there.
    ///
    /// - Throws: ``HTTPFailure`` when none came, `CancellationError` after ``cancel()`` or that of the task.
    public func head() async throws -> Head {
        await wait()
        return try stream.head()
    }

    /// What has come of the body since, without waiting: it may be nothing.
    ///
    /// - Throws: ``HTTPFailure`` when the answer broke off, `CancellationError` after ``cancel()``.
    public func take() throws -> Piece {
        let (piece, mayGoOn) = try stream.take()
        if mayGoOn { loop.goOn(transfer) }
        return piece
    }

    /// Returns once more of the body has come, or its end.
    public func wait() async {
        await withTaskCancellationHandler {
            await stream.wait()
        } onCancel: {
            cancel()
        }
    }

    /// The next bytes of the body; nil: there are no more.
    ///
    /// - Throws: as ``take()``.
    public func next() async throws -> [UInt8]? {
        while true {
            await wait()
            let piece = try take()
            if !piece.bytes.isEmpty { return piece.bytes }
            if piece.isLast { return nil }
        }
    }

    /// Ends the call and its connection, unless it is over.
    public func cancel() {
        guard !stream.isFinished else { return }
        loop.cancel(transfer)
    }
}

extension HTTPClient {
    /// Sends `request`, whose answer is read while it comes. It is cancelled when nobody refers to it any more.
    ///
    /// - Parameter upload: the body, in the place of the request's.
    /// - Throws: ``HTTPFailure`` of kind ``HTTPFailure/Kind/invalidRequest``.
    public func start(_ request: HTTPRequest, upload: HTTPUpload? = nil) throws -> HTTPExchange {
        try request.check()
        let stream = AnswerStream()
        let transfer = Transfer(request, stream: stream, upload: upload)
        upload?.open { [loop, weak transfer] in
            if let transfer { loop.goOn(transfer) }
        }
        loop.submit(transfer)
        return HTTPExchange(transfer, stream, self)
    }
}
