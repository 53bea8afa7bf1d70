internal import CCurl
import Synchronization

/// A body that is sent while it comes. One writer fills it, and waits while the server is behind.
public final class HTTPUpload: Sendable {
    /// Bytes that are held before the writer has to wait.
    public static let mostBytes = 256 << 10

    private struct State {
        var bytes: [UInt8] = []
        /// Bytes at the beginning that were sent.
        var sent = 0
        var isWhole = false
        var hasFailed = false
        /// Nobody reads any more: what is written is dropped.
        var isAbandoned = false
        var isPaused = false
        var writer: CheckedContinuation<Void, Never>?
        var onData: (@Sendable () -> Void)?

        var held: Int { bytes.count - sent }
        var isFull: Bool { held >= HTTPUpload.mostBytes && !isAbandoned }
    }

    private let state = Mutex(State())
    /// In bytes; nil: not known, and it is sent in chunks.
    public let length: Int?

    public init(length: Int?) {
        self.length = length
    }

    /// Adds bytes; returns once there is room for more.
    public func write(_ bytes: some Collection<UInt8>) async {
        let wake: (@Sendable () -> Void)? = state.withLock { state in
            guard !state.isAbandoned else { return nil }
            if state.sent == state.bytes.count {
                state.bytes.removeAll(keepingCapacity: true)
                state.sent = 0
            }
            state.bytes.append(contentsOf: bytes)
            return exchange(&state.isPaused, with: false) ? state.onData : nil
        }
        wake?()
        await withCheckedContinuation { writer in
            let mustWait = state.withLock { state in
                if state.isFull { state.writer = writer }
                return state.isFull
            }
            if !mustWait { writer.resume() }
        }
    }

    /// That was all.
    public func finish() { end { $0.isWhole = true } }

    /// There will be no more, and what was sent is not the whole: the call fails.
    public func fail() { end { $0.hasFailed = true } }

    /// Drops what is there and comes.
    public func abandon() {
        let writer = state.withLock { state in
            state.isAbandoned = true
            (state.bytes, state.sent) = ([], 0)
            return exchange(&state.writer, with: nil)
        }
        writer?.resume()
    }

    private func end(_ change: (inout State) -> Void) {
        let wake: (@Sendable () -> Void)? = state.withLock { state in
            change(&state)
            return exchange(&state.isPaused, with: false) ? state.onData : nil
        }
        wake?()
    }

    /// - Parameter onData: is called when a call that had nothing to send has something.
    func open(_ onData: @escaping @Sendable () -> Void) {
        state.withLock { $0.onData = onData }
    }

    /// libcurl's reading: a number of bytes, 0 for the end, or its signs for "later" and "never".
    func read(into space: UnsafeMutableRawBufferPointer) -> Int {
        let (result, writer): (Int, CheckedContinuation<Void, Never>?) = state.withLock { state in
            if state.held > 0 {
                let count = min(space.count, state.held)
                state.bytes.withUnsafeBytes { bytes in
                    space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[state.sent..<(state.sent + count)]))
                }
                state.sent += count
                return (count, state.isFull ? nil : exchange(&state.writer, with: nil))
            }
            if state.hasFailed || state.isAbandoned { return (Int(CURL_READFUNC_ABORT), nil) }
            if state.isWhole { return (0, nil) }
            state.isPaused = true
            return (Int(CURL_READFUNC_PAUSE), exchange(&state.writer, with: nil))
        }
        writer?.resume()
        return result
    }
}
