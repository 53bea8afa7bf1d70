import Foundation
import Synchronization

/// Looks after the size of the write-ahead log: it grows while a reader keeps a transaction open, since what the reader sees
/// can not be folded into the file before it is done.
final class LogWatch: Sendable {
    private let path: String
    private let limit: Int
    private let onGrowth: @Sendable (EpisodeStoreError) -> Void
    private let state = Mutex(State())

    private struct State {
        var lookedAt: ContinuousClock.Instant?
        /// What was said last was about a log of this size; 0 when it is small again.
        var said = 0
    }

    /// - Parameters:
    ///   - limit: in bytes; what a log may have without anybody's fault.
    ///   - onGrowth: told when the log is larger, and again whenever it has doubled.
    init(path: String, limit: Int, onGrowth: @escaping @Sendable (EpisodeStoreError) -> Void) {
        self.path = path
        self.limit = limit
        self.onGrowth = onGrowth
    }

    /// Looks, if the last look was more than a second ago.
    func look() {
        let size: Int? = state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.lookedAt, now - last < .seconds(1) { return nil }
            state.lookedAt = now
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
            let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
            guard size > limit else {
                state.said = 0
                return nil
            }
            guard size >= 2 * state.said else { return nil }
            state.said = size
            return size
        }
        if let size { onGrowth(.logHeld(path: path, megabytes: size >> 20)) }
    }
}
