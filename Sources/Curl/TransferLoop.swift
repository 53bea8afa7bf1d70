internal import CCurl
import Foundation
import Synchronization

/// The thread that carries all calls of a client.
///
/// Unchecked, because the multi handle, the easy handles and the table of running calls are touched by that thread only;
/// other threads put work into the inbox and wake it, which libcurl allows from any thread. They wake it with the inbox
/// locked: the thread frees the multi handle after it has seen `isStopping` there, and nobody uses the handle after that.
final class TransferLoop: @unchecked Sendable {
    private struct Inbox {
        var submitted: [Transfer] = []
        var cancelled: [Transfer] = []
        var isStopping = false
    }

    private let options: HTTPClient.Options
    private let inbox = Mutex(Inbox())
    private let multi: UnsafeMutableRawPointer?
    private var running: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idle: [UnsafeMutableRawPointer] = []

    private static let library: Void = {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    }()

    init(options: HTTPClient.Options) {
        _ = TransferLoop.library
        self.options = options
        multi = curl_multi_init()
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "curl"
        thread.start()
    }

    func submit(_ transfer: Transfer) {
        let isStopping = inbox.withLock { inbox in
            if !inbox.isStopping {
                inbox.submitted.append(transfer)
                curl_multi_wakeup(multi)
            }
            return inbox.isStopping
        }
        if isStopping { transfer.finish(.failure(HTTPFailure.shutDown)) }
    }

    func cancel(_ transfer: Transfer) {
        transfer.finish(.failure(CancellationError()))
        inbox.withLock { inbox in
            guard !inbox.isStopping else { return }
            inbox.cancelled.append(transfer)
            curl_multi_wakeup(multi)
        }
    }

    func stop() {
        inbox.withLock { inbox in
            guard !inbox.isStopping else { return }
            inbox.isStopping = true
            curl_multi_wakeup(multi)
        }
    }

    private func run() {
        while true {
            let work = inbox.withLock { inbox in
                defer {
                    inbox.submitted = []
                    inbox.cancelled = []
                }
                return inbox
            }
            work.submitted.forEach(begin)
            for transfer in work.cancelled {
                if let easy = transfer.easy { end(easy) }
            }
            if work.isStopping { break }

            var count: Int32 = 0
            curl_multi_perform(multi, &count)
            collect()
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        for (easy, transfer) in running {
            end(easy)
            transfer.finish(.failure(HTTPFailure.shutDown))
        }
        idle.forEach(curl_easy_cleanup)
        curl_multi_cleanup(multi)
    }

    private func begin(_ transfer: Transfer) {
        // Cancelled before it came here.
        guard !transfer.isFinished else { return }
        guard let easy = idle.popLast() ?? curl_easy_init() else {
            transfer.finish(.failure(HTTPFailure(.invalidRequest, "libcurl has no memory for another call")))
            return
        }
        transfer.configure(easy, options: options)
        running[easy] = transfer
        let code = curl_multi_add_handle(multi, easy)
        if code != CURLM_OK {
            end(easy)
            let reason = String(cString: curl_multi_strerror(code))
            transfer.finish(.failure(HTTPFailure(.invalidRequest, "libcurl cannot take another call: \(reason)")))
        }
    }

    /// Takes `easy` out of the multi handle and keeps it for the next call.
    private func end(_ easy: UnsafeMutableRawPointer) {
        curl_multi_remove_handle(multi, easy)
        curl_easy_reset(easy)
        running.removeValue(forKey: easy)?.release()
        if idle.count < 256 { idle.append(easy) } else { curl_easy_cleanup(easy) }
    }

    private func collect() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = running[easy]
            else { continue }
            let code = message.pointee.data.result
            var status = 0
            var sentBytes = 0
            faasfarm_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
            faasfarm_curl_get_long(easy, CURLINFO_REQUEST_SIZE, &sentBytes)
            end(easy)
            if code == CURLE_OK {
                transfer.finish(.success(transfer.response(status: status)))
            } else {
                transfer.finish(.failure(failure(of: transfer, code, wasSent: sentBytes > 0)))
            }
        }
    }

    private func failure(of transfer: Transfer, _ code: CURLcode, wasSent: Bool) -> HTTPFailure {
        let kind: HTTPFailure.Kind =
            switch code {
            case CURLE_WRITE_ERROR where transfer.isTooLarge: .tooLarge
            case CURLE_OPERATION_TIMEDOUT: wasSent ? .timedOut : .notConnected
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: .notConnected
            case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalidRequest
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE,
                CURLE_SSL_CERTPROBLEM,
                CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
                .tls
            default: .connectionLost
            }
        let request = transfer.request
        let reason =
            switch kind {
            case .tooLarge: "the answer is longer than \(request.maxResponseBytes) bytes"
            case .notConnected where code == CURLE_OPERATION_TIMEDOUT:
                "no connection within \(min(request.connectTimeout, request.timeout))"
            case .connectionLost where code == CURLE_ABORTED_BY_CALLBACK: "the connection ended without an answer"
            default: String(cString: curl_easy_strerror(code))
            }
        return HTTPFailure(kind, "\(request.method) \(request.url): \(reason)")
    }
}

extension HTTPFailure {
    fileprivate static let shutDown = HTTPFailure(.shutDown, "the HTTP client was shut down")
}
