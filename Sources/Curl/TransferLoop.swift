internal import CCurl
import Foundation
import Synchronization

/// The thread that carries all calls of a client.
///
/// Unchecked, because the multi handle, the easy handles and the table of running calls are touched by that thread only;
/// other threads put work into the inbox and wake it. libcurl says which sockets to watch and when to look next, and is told
/// of those that are ready, so that a call costs the same beside a thousand others.
final class TransferLoop: @unchecked Sendable {
    private struct Inbox {
        var submitted: [Transfer] = []
        var cancelled: [Transfer] = []
        var goingOn: [Transfer] = []
        var leaving: [String] = []
        var isStopping = false

        /// Whether the thread has not been woken for what is in it.
        var isEmpty: Bool { submitted.isEmpty && cancelled.isEmpty && goingOn.isEmpty && leaving.isEmpty }
    }

    private let options: HTTPClient.Options
    private let inbox = Mutex(Inbox())
    private let multi: UnsafeMutableRawPointer?
    /// nil: there were no descriptors for it, and no call can be made.
    private let watch = SocketWatch()
    /// When libcurl wants to look after its calls, sockets or not.
    private var nextLook: ContinuousClock.Instant?
    private var running: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idle: [UnsafeMutableRawPointer] = []
    private let sockets = OpenSockets()
    /// Calls of which something has come.
    private var news: [Transfer] = []
    /// Origins whose connections end with the calls that run.
    private var left: Set<String> = []

    private static let library: Void = {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    }()

    init(options: HTTPClient.Options) {
        _ = TransferLoop.library
        self.options = options
        multi = curl_multi_init()
        // Connections that are kept for later take no more than a third of the files that calls may open.
        if let room = OpenFiles.room {
            _ = faasfarm_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(8, room / 3))
        }
    }

    func start() {
        guard watch != nil, multi != nil else {
            inbox.withLock { $0.isStopping = true }
            return
        }
        let thread = Thread { self.run() }
        thread.name = "curl"
        thread.start()
    }

    func submit(_ transfer: Transfer) {
        let isStopping = inbox.withLock { inbox in
            guard !inbox.isStopping else { return true }
            if inbox.isEmpty { watch?.wake() }
            inbox.submitted.append(transfer)
            return false
        }
        if isStopping { transfer.finish(.failure(watch == nil ? HTTPFailure.noDescriptors : HTTPFailure.shutDown)) }
    }

    func cancel(_ transfer: Transfer) {
        transfer.finish(.failure(CancellationError()))
        inbox.withLock { inbox in
            guard !inbox.isStopping else { return }
            if inbox.isEmpty { watch?.wake() }
            inbox.cancelled.append(transfer)
        }
    }

    /// Has libcurl go on with a call that had nothing to send, or whose reader was behind.
    func goOn(_ transfer: Transfer) {
        inbox.withLock { inbox in
            guard !inbox.isStopping else { return }
            if inbox.isEmpty { watch?.wake() }
            inbox.goingOn.append(transfer)
        }
    }

    func disconnect(from origin: String) {
        inbox.withLock { inbox in
            guard !inbox.isStopping else { return }
            if inbox.isEmpty { watch?.wake() }
            inbox.leaving.append(origin)
        }
    }

    func stop() {
        inbox.withLock { inbox in
            guard !inbox.isStopping else { return }
            inbox.isStopping = true
            watch?.wake()
        }
    }

    private func run() {
        guard let watch else { return }
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = faasfarm_curl_multi_set_socket(multi, TransferLoop.watchSocket, context)
        _ = faasfarm_curl_multi_set_timer(multi, TransferLoop.setTimer, context)
        while true {
            let work = inbox.withLock { inbox in
                defer {
                    inbox.submitted = []
                    inbox.cancelled = []
                    inbox.goingOn = []
                    inbox.leaving = []
                }
                return inbox
            }
            work.submitted.forEach(begin)
            for transfer in work.cancelled {
                if let easy = transfer.easy { end(easy) }
            }
            for transfer in work.goingOn {
                if let easy = transfer.easy { curl_easy_pause(easy, CURLPAUSE_CONT) }
            }
            work.leaving.forEach(leave)
            if work.isStopping { break }

            if let due = nextLook, due <= .now {
                nextLook = nil
                act(on: TransferLoop.noSocket, 0)
            }
            collect()
            tellReaders()
            watch.wait(milliseconds: millisecondsToWait) { socket, events in
                var flags: Int32 = 0
                if events.contains(.reading) { flags |= CURL_CSELECT_IN }
                if events.contains(.writing) { flags |= CURL_CSELECT_OUT }
                if events.contains(.failure) { flags |= CURL_CSELECT_ERR }
                act(on: socket, flags)
            }
        }
        for (easy, transfer) in running {
            end(easy)
            transfer.finish(.failure(HTTPFailure.shutDown))
        }
        idle.forEach(curl_easy_cleanup)
        curl_multi_cleanup(multi)
    }

    /// libcurl's number for "no socket, but the time".
    private static let noSocket: Int32 = -1

    private static let watchSocket: curl_socket_callback = { _, socket, what, context, _ in
        guard let context, let watch = Unmanaged<TransferLoop>.fromOpaque(context).takeUnretainedValue().watch else {
            return -1
        }
        switch what {
        case CURL_POLL_IN: watch.watch(socket, for: .reading)
        case CURL_POLL_OUT: watch.watch(socket, for: .writing)
        case CURL_POLL_INOUT: watch.watch(socket, for: [.reading, .writing])
        default: watch.unwatch(socket)
        }
        return 0
    }

    private static let setTimer: curl_multi_timer_callback = { _, milliseconds, context in
        guard let context else { return -1 }
        let loop = Unmanaged<TransferLoop>.fromOpaque(context).takeUnretainedValue()
        loop.nextLook = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
        return 0
    }

    /// Lets libcurl go on with what a socket, or the time, is ready for.
    private func act(on socket: Int32, _ flags: Int32) {
        var count: Int32 = 0
        curl_multi_socket_action(multi, socket, flags, &count)
    }

    private var millisecondsToWait: Int32 {
        guard let nextLook else { return 60_000 }
        return Int32(min(max(((nextLook - .now) / .milliseconds(1)).rounded(.up), 0), 60_000))
    }

    private func begin(_ transfer: Transfer) {
        // Cancelled before it came here.
        guard !transfer.isFinished else { return }
        guard let easy = idle.popLast() ?? curl_easy_init() else {
            transfer.finish(.failure(HTTPFailure(.shortage, "libcurl has no memory for another call")))
            return
        }
        transfer.configure(easy, options: options, sockets: sockets)
        if transfer.stream != nil { transfer.onNews = { [unowned self] in news.append($0) } }
        running[easy] = transfer
        let code = curl_multi_add_handle(multi, easy)
        if code != CURLM_OK {
            end(easy)
            let reason = String(cString: curl_multi_strerror(code))
            transfer.finish(.failure(HTTPFailure(.shortage, "libcurl cannot take another call: \(reason)")))
        }
    }

    /// Takes `easy` out of the multi handle and keeps it for the next call.
    private func end(_ easy: UnsafeMutableRawPointer) {
        curl_multi_remove_handle(multi, easy)
        curl_easy_reset(easy)
        let transfer = running.removeValue(forKey: easy)
        transfer?.release()
        if !left.isEmpty, let origin = transfer?.request.origin, left.contains(origin),
            !running.values.contains(where: { $0.request.origin == origin })
        {
            left.remove(origin)
            sockets.shutDown(origin)
        }
        if idle.count < 256 { idle.append(easy) } else { curl_easy_cleanup(easy) }
    }

    /// Ends the connections to `origin`: now, or with the calls that run.
    private func leave(_ origin: String) {
        let calls = running.values.filter { $0.request.origin == origin }
        for call in calls { call.forbidReuse() }
        if calls.isEmpty { sockets.shutDown(origin) } else { left.insert(origin) }
    }

    /// Once the sockets that were ready have been read: whoever reads finds all that has come with one look.
    private func tellReaders() {
        for transfer in news {
            transfer.hasNews = false
            transfer.stream?.tell()
        }
        news.removeAll(keepingCapacity: true)
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
            var errorNumber = 0
            faasfarm_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
            faasfarm_curl_get_long(easy, CURLINFO_REQUEST_SIZE, &sentBytes)
            faasfarm_curl_get_long(easy, CURLINFO_OS_ERRNO, &errorNumber)
            end(easy)
            if code == CURLE_OK {
                transfer.finish(.success(transfer.response(status: status)))
            } else {
                transfer.finish(
                    .failure(
                        failure(of: transfer, code, wasSent: sentBytes > 0, Int32(truncatingIfNeeded: errorNumber))))
            }
        }
    }

    private func failure(
        of transfer: Transfer, _ code: CURLcode, wasSent: Bool, _ errorNumber: Int32
    ) -> HTTPFailure {
        if let reason = Self.shortage(of: transfer, code, errorNumber) {
            return HTTPFailure(.shortage, "\(transfer.request.method) \(transfer.request.url): \(reason)")
        }
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

extension TransferLoop {
    /// What this program lacked for a call that failed; nil when it lacked nothing.
    private static func shortage(of transfer: Transfer, _ code: CURLcode, _ errorNumber: Int32) -> String? {
        let files = "this program may open \(OpenFiles.limit ?? 0) files, and has no more for calls; raise `ulimit -n`"
        switch code {
        case CURLE_OUT_OF_MEMORY: return "no memory for the call"
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return OpenFiles.hasRoom ? nil : files
        case CURLE_COULDNT_CONNECT:
            switch transfer.socketError != 0 ? transfer.socketError : errorNumber {
            case EMFILE: return files
            case ENFILE: return "the machine has no more files to open"
            case ENOMEM, ENOBUFS: return "no memory for a connection"
            // Over IPv6 it may also mean that there is none.
            case EADDRNOTAVAIL where transfer.addressFamily == AF_INET:
                return "no free port for another connection to this address"
            default: return nil
            }
        default: return nil
        }
    }
}

extension HTTPFailure {
    fileprivate static let noDescriptors = HTTPFailure(
        .shortage, "the process has no file descriptors left for an HTTP client; raise `ulimit -n`")
    fileprivate static let shutDown = HTTPFailure(.shutDown, "the HTTP client was shut down")
}
