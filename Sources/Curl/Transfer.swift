internal import CCurl
import Foundation
import Synchronization

/// One call under way.
///
/// Unchecked, because all but the continuation is touched by the loop's thread only; submitting hands it over.
final class Transfer: @unchecked Sendable {
    private typealias Outcome = Result<HTTPResponse, any Error>

    private enum Waiting {
        case nobody
        case caller(CheckedContinuation<HTTPResponse, any Error>)
        /// Cancelled before anybody waited.
        case finishedEarly(Outcome)
        case finished
    }

    let request: HTTPRequest
    /// The handle that carries the call; nil before and after.
    private(set) var easy: UnsafeMutableRawPointer?
    private let waiting = Mutex(Waiting.nobody)
    /// Who reads the answer while it comes; nil: it is collected.
    let stream: AnswerStream?
    /// The body, in the place of the request's.
    private let upload: HTTPUpload?
    private var status = 0
    private var reason = ""
    private var hasHead = false
    /// Whether the loop knows that something has come for the reader.
    var hasNews = false
    var onNews: ((Transfer) -> Void)?
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var sendings = 0
    private var sockets: OpenSockets?
    private(set) var isTooLarge = false
    /// The error number with which a socket could not be opened; 0: none.
    private(set) var socketError: Int32 = 0
    /// Of the last socket that was opened.
    private(set) var addressFamily: Int32 = 0

    init(_ request: HTTPRequest, stream: AnswerStream? = nil, upload: HTTPUpload? = nil) {
        (self.request, self.stream, self.upload) = (request, stream, upload)
    }

    /// Says who waits for the outcome. Called once, before submitting.
    func resume(with caller: CheckedContinuation<HTTPResponse, any Error>) {
        let early: Outcome? = waiting.withLock { waiting in
            guard case .finishedEarly(let outcome) = waiting else {
                waiting = .caller(caller)
                return nil
            }
            waiting = .finished
            return outcome
        }
        if let early { caller.resume(with: early) }
    }

    /// Gives the outcome to who waits; only the first outcome counts.
    func finish(_ outcome: Result<HTTPResponse, any Error>) {
        if let stream {
            upload?.abandon()
            return stream.finish(outcome.map { _ in () })
        }
        let caller: CheckedContinuation<HTTPResponse, any Error>? = waiting.withLock { waiting in
            switch waiting {
            case .nobody:
                waiting = .finishedEarly(outcome)
                return nil
            case .caller(let caller):
                waiting = .finished
                return caller
            case .finishedEarly, .finished: return nil
            }
        }
        caller?.resume(with: outcome)
    }

    var isFinished: Bool {
        if let stream { return stream.isFinished }
        return waiting.withLock { waiting in
            switch waiting {
            case .nobody, .caller: false
            case .finishedEarly, .finished: true
            }
        }
    }

    /// Sets every option of the call on `easy`, which was reset before.
    func configure(_ easy: UnsafeMutableRawPointer, options: HTTPClient.Options, sockets: OpenSockets) {
        self.easy = easy
        self.sockets = sockets
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = faasfarm_curl_set_opened(easy, OpenSockets.noteOpened, context)
        _ = faasfarm_curl_set_closing(
            easy, OpenSockets.closeSocket, Unmanaged.passUnretained(sockets).toOpaque())
        _ = faasfarm_curl_set_string(easy, CURLOPT_URL, request.url)
        if let target = request.target { _ = faasfarm_curl_set_string(easy, CURLOPT_REQUEST_TARGET, target) }
        _ = faasfarm_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = faasfarm_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        _ = faasfarm_curl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        _ = faasfarm_curl_set_long(easy, CURLOPT_TIMEOUT_MS, request.timeout.milliseconds)
        _ = faasfarm_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.milliseconds)
        if let file = options.certificateAuthorities { _ = faasfarm_curl_set_string(easy, CURLOPT_CAINFO, file) }
        if !options.usesEnvironmentProxy || request.isToThisMachine {
            _ = faasfarm_curl_set_string(easy, CURLOPT_PROXY, "")
        }

        configureBody(easy)
        configureHeaders(easy)

        _ = faasfarm_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receive(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        _ = faasfarm_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        _ = faasfarm_curl_set_callback(easy, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            transfer.receive(headerLine: UnsafeRawBufferPointer(start: data, count: size * count))
            return size * count
        }
        _ = faasfarm_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        _ = faasfarm_curl_set_open_socket(
            easy,
            { context, _, address in
                guard let context, let address else { return -1 }
                return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().openSocket(to: address.pointee)
            }, context)
        if !request.isIdempotent {
            _ = faasfarm_curl_set_before_sending(easy) { context, _, _, _, _ in
                guard let context else { return CURL_PREREQFUNC_ABORT }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                transfer.sendings += 1
                return transfer.sendings == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }
            _ = faasfarm_curl_set_pointer(easy, CURLOPT_PREREQDATA, context)
        }
    }

    /// Frees what `configure` took; the easy handle no longer refers to this after it.
    func release() {
        curl_slist_free_all(headerList)
        headerList = nil
        easy = nil
        onNews = nil
    }

    func opened(_ socket: Int32) {
        sockets?.opened(socket, to: request.origin)
    }

    /// Has libcurl close the connection at the call's end instead of keeping it.
    func forbidReuse() {
        if let easy { _ = faasfarm_curl_set_long(easy, CURLOPT_FORBID_REUSE, 1) }
    }

    func response(status: Int) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: body)
    }

    /// Opens a socket for libcurl, unless that would take from the reserve; -1: none.
    private func openSocket(to address: curl_sockaddr) -> curl_socket_t {
        addressFamily = address.family
        let descriptor = socket(address.family, address.socktype, address.protocol)
        guard descriptor >= 0 else {
            socketError = errno
            return -1
        }
        guard !OpenFiles.isReserved(descriptor, fromHalf: request.isUrgent) else {
            close(descriptor)
            socketError = EMFILE
            return -1
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    /// libcurl's writing: the number of bytes, another for the call's end, or its sign for "later".
    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let stream {
            noteNews()
            return stream.receive(bytes) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE)
        }
        guard body.count + bytes.count <= request.maxResponseBytes else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    private func noteNews() {
        guard !hasNews else { return }
        hasNews = true
        onNews?(self)
    }

    private func receive(headerLine bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: "HTTP/".utf8) {
            // The lines of an interim answer (100 Continue) are not the answer's.
            headers = []
            if stream != nil { readStatus(bytes) }
        } else if let stream, bytes.first == UInt8(ascii: "\r") || bytes.first == UInt8(ascii: "\n") {
            guard !hasHead, status >= 200 else { return }
            hasHead = true
            noteNews()
            stream.begin(HTTPExchange.Head(status: status, reason: reason, headers: headers))
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
            var value = bytes[(colon + 1)...].drop(while: isSpace)
            while let last = value.last, isSpace(last) { value.removeLast() }
            headers.append((String(decoding: bytes[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
    }
}

extension Transfer {
    private func configureBody(_ easy: UnsafeMutableRawPointer) {
        let hasNone = request.body.isEmpty && upload == nil
        switch request.method {
        case "HEAD": _ = faasfarm_curl_set_long(easy, CURLOPT_NOBODY, 1)
        case "GET" where hasNone: _ = faasfarm_curl_set_long(easy, CURLOPT_HTTPGET, 1)
        case _ where hasNone && request.isVerbatim: _ = faasfarm_curl_set_long(easy, CURLOPT_HTTPGET, 1)
        default:
            _ = faasfarm_curl_set_long(easy, CURLOPT_POST, 1)
            let context = Unmanaged.passUnretained(self).toOpaque()
            if let upload {
                _ = faasfarm_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(upload.length ?? -1))
                _ = faasfarm_curl_set_callback(easy, CURLOPT_READFUNCTION) { data, size, count, context in
                    guard let data, let context else { return 0 }
                    let space = UnsafeMutableRawBufferPointer(start: data, count: size * count)
                    let upload = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().upload
                    return upload?.read(into: space) ?? 0
                }
                _ = faasfarm_curl_set_pointer(easy, CURLOPT_READDATA, context)
            } else {
                // Copied by libcurl, whose copy lives as long as the call.
                _ = faasfarm_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
                request.body.withUnsafeBytes {
                    _ = faasfarm_curl_set_pointer(
                        easy, CURLOPT_COPYPOSTFIELDS,
                        UnsafeMutableRawPointer(mutating: $0.baseAddress ?? UnsafeRawPointer(context)))
                }
            }
        }
        if request.method != "HEAD" { _ = faasfarm_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method) }
    }

    private func configureHeaders(_ easy: UnsafeMutableRawPointer) {
        func has(_ name: String) -> Bool { request.headers.contains { $0.name.isSame(as: name) } }
        // No pause for "100 Continue" before larger bodies; no content type that nobody asked for.
        var lines = ["Expect:"]
        if !has("content-type") { lines.append("Content-Type:") }
        if request.isVerbatim, !has("accept") { lines.append("Accept:") }
        if let upload, upload.length == nil { lines.append("Transfer-Encoding: chunked") }
        lines += request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for line in lines { headerList = curl_slist_append(headerList, line) }
        _ = faasfarm_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headerList)
    }

    /// Reads "HTTP/1.1 404 Not Found".
    private func readStatus(_ line: UnsafeRawBufferPointer) {
        let parts = String(decoding: line, as: UTF8.self).split(
            separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        status = parts.count > 1 ? Int(parts[1].prefix { $0.isNumber }) ?? 0 : 0
        reason = parts.count > 2 ? String(parts[2].prefix { !$0.isNewline }) : ""
    }
}

extension Duration {
    /// Whole milliseconds, at least 1, as libcurl takes 0 for "no limit", and at most 24 days.
    fileprivate var milliseconds: Int {
        Int(min(max(self / .milliseconds(1), 1), Double(Int32.max)))
    }
}
