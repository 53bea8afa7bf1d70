internal import CCurl
import Synchronization

/// What has come of an answer and was not taken yet. The loop's thread puts in, one reader takes out; who puts in is told when the
/// reader is behind, so that no more than ``mostBytes`` and a piece are held, however long the answer and slow its reader.
final class AnswerStream: Sendable {
    /// Bytes that are held before the server is made to wait.
    static let mostBytes = 256 << 10

    private struct State {
        var head: HTTPExchange.Head?
        /// Whether the reader may see the head: what came with it is there too then.
        var isTold = false
        var bytes: [UInt8] = []
        var end: Result<Void, any Error>?
        var isPaused = false
        var reader: CheckedContinuation<Void, Never>?

        var isReady: Bool { end != nil || (isTold && (!headIsTaken || !bytes.isEmpty)) }
        var headIsTaken = false
    }

    private let state = Mutex(State())

    /// The first lines are all there. An answer has one head; what comes of trailers is not for here.
    func begin(_ head: HTTPExchange.Head) {
        state.withLock { if $0.head == nil { $0.head = head } }
    }

    /// - Returns: whether the bytes were taken; otherwise they come again once the reader has taken what there is.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            guard state.bytes.count < AnswerStream.mostBytes else {
                state.isPaused = true
                return false
            }
            state.bytes.append(contentsOf: bytes)
            return true
        }
    }

    /// Lets the reader see what has come.
    func tell() {
        let reader: CheckedContinuation<Void, Never>? = state.withLock { state in
            if state.head != nil { state.isTold = true }
            return state.isReady ? exchange(&state.reader, with: nil) : nil
        }
        reader?.resume()
    }

    /// Only the first end counts.
    func finish(_ end: Result<Void, any Error>) {
        let reader: CheckedContinuation<Void, Never>? = state.withLock { state in
            if state.end == nil { state.end = end }
            if state.head != nil { state.isTold = true }
            return exchange(&state.reader, with: nil)
        }
        reader?.resume()
    }

    var isFinished: Bool { state.withLock { $0.end != nil } }

    /// To be asked once it has been waited for.
    func head() throws -> HTTPExchange.Head {
        try state.withLock { state in
            state.headIsTaken = true
            if let head = state.head { return head }
            try state.end?.get()
            throw HTTPFailure(.connectionLost, "the answer ended before its head")
        }
    }

    /// Waits for more, or the end.
    func wait() async {
        await withCheckedContinuation { reader in
            let isReady = state.withLock { state in
                if !state.isReady { state.reader = reader }
                return state.isReady
            }
            if isReady { reader.resume() }
        }
    }

    /// - Returns: also whether the server has been made to wait, and may go on now.
    func take() throws -> (HTTPExchange.Piece, mayGoOn: Bool) {
        try state.withLock { state in
            state.headIsTaken = true
            let bytes = exchange(&state.bytes, with: [])
            // What came before an answer broke off is handed over first.
            if bytes.isEmpty { try state.end?.get() }
            var isLast = false
            if case .success? = state.end { isLast = true }
            return (HTTPExchange.Piece(bytes: bytes, isLast: isLast), exchange(&state.isPaused, with: false))
        }
    }
}
