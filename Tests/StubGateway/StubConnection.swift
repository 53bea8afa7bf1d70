#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One connection to the stub. Touched by the stub's thread only.
final class StubConnection {
    let descriptor: Int32
    let number: Int
    /// When the answer under way is due; nil when there is none, or none will come.
    private(set) var due: ContinuousClock.Instant?
    private(set) var isClosed = false
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var answer: StubAnswer?
    private var isHead = false
    private var closesAfterOutput = false

    init(descriptor: Int32, number: Int) {
        self.descriptor = descriptor
        self.number = number
    }

    deinit { close(descriptor) }

    var events: Int16 { Int16(POLLIN) | (output.isEmpty ? 0 : Int16(POLLOUT)) }

    /// Reads what has come and gives each complete request to `handler`.
    func read(_ handler: (StubRequest) -> StubAnswer) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                input += buffer[..<count]
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                break
            } else {
                isClosed = true
                return
            }
        }
        while answer == nil, let request = takeRequest() {
            let answer = handler(request)
            self.answer = answer
            isHead = request.method == "HEAD"
            if answer.ending != .silence { due = .now + answer.delay }
            answerIfDue(.now)
        }
    }

    func answerIfDue(_ now: ContinuousClock.Instant) {
        guard let answer, let due, due <= now else { return }
        self.answer = nil
        self.due = nil
        if answer.ending == .hangUp {
            isClosed = true
            return
        }
        output += answer.encoded(withBody: !isHead)
        closesAfterOutput = answer.ending == .close
        write()
    }

    func write() {
        while !output.isEmpty {
            let count = output.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                output.removeFirst(count)
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                return
            } else {
                isClosed = true
                return
            }
        }
        if closesAfterOutput { isClosed = true }
    }

    /// The next request, when all of it has come. Bodies have a Content-Length.
    private func takeRequest() -> StubRequest? {
        guard let headEnd = input.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: input[..<headEnd.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else {
            isClosed = true
            return nil
        }
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        guard input.count >= headEnd.upperBound + length else { return nil }
        let body = Array(input[headEnd.upperBound..<headEnd.upperBound + length])
        input.removeFirst(headEnd.upperBound + length)
        return StubRequest(
            method: String(words[0]), target: String(words[1]), headers: headers, body: body, connection: number,
            arrival: .now)
    }
}
