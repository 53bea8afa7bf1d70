import Synchronization

/// An HTTP client over libcurl's multi interface: one thread carries all calls, thousands at once, over connections that
/// are kept alive. Redirects are not followed, so credentials never reach another host.
///
/// A request is sent once: libcurl's own second try after a kept-alive connection ended without an answer is off for
/// methods that are not idempotent, since the server may have done the work.
///
///     let client = HTTPClient()
///     let answer = try await client.send(HTTPRequest("GET", "http://127.0.0.1:8080/healthz", timeout: .seconds(2)))
///     print(answer.status, answer.text)
///     client.shutDown()
public final class HTTPClient: Sendable {
    /// What holds for all calls of a client.
    public struct Options: Sendable {
        /// A file of certificate authorities in PEM form to trust instead of the system's.
        public var certificateAuthorities: String?
        /// Whether `http_proxy` and its kin in the environment apply; to this machine's own addresses they never do.
        public var usesEnvironmentProxy: Bool

        public init(certificateAuthorities: String? = nil, usesEnvironmentProxy: Bool = true) {
            self.certificateAuthorities = certificateAuthorities
            self.usesEnvironmentProxy = usesEnvironmentProxy
        }
    }

    let loop: TransferLoop

    /// Starts the client's thread.
    public init(options: Options = Options()) {
        loop = TransferLoop(options: options)
        loop.start()
    }

    deinit {
        loop.stop()
    }

    /// Sends `request` and returns the answer, whatever its status.
    ///
    /// - Throws: ``HTTPFailure`` when there was no answer, `CancellationError` when the calling task was cancelled.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try request.check()
        let transfer = Transfer(request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfer.resume(with: continuation)
                loop.submit(transfer)
            }
        } onCancel: {
            loop.cancel(transfer)
        }
    }

    /// Ends the kept connections to a server that is about to end, which may wait for that; those of calls under way end
    /// with them. Later calls make new ones.
    ///
    /// - Parameter origin: scheme, host and port as they stand in the URLs of its calls: `http://127.0.0.1:8080`.
    public func disconnect(from origin: String) {
        loop.disconnect(from: origin)
    }

    /// Fails all calls under way and ends the thread. A second call does nothing.
    public func shutDown() {
        loop.stop()
    }
}
