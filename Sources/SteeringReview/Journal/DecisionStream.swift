public import Episodes
import Steering

/// Decisions of one function or of all, in the order of their times, a page in memory at a time.
///
///     var stream = DecisionStream(history)
///     while let recorded = try stream.next() { print(DecisionText.line(recorded)) }
public struct DecisionStream {
    private struct Cursor {
        var last = 0
        var page: ArraySlice<RecordedDecision> = []
        var isAtEnd = false
    }

    private let history: SteeringHistory
    private let function: String?
    private let from: Double
    private let to: Double
    private var cursors: [String: Cursor] = [:]

    /// - Parameters:
    ///   - function: nil: all of them.
    ///   - from: seconds since 1970, as is `to`.
    public init(
        _ history: SteeringHistory, of function: String? = nil, from: Double = -.infinity, to: Double = .infinity
    ) {
        (self.history, self.function, self.from, self.to) = (history, function, from, to)
    }

    /// The next one; nil when there is none now.
    ///
    /// - Parameter settledBefore: decisions that are younger than this, seconds since 1970, come once it is known what came of them.
    public mutating func next(settledBefore: Double = .infinity) throws(EpisodeStoreError) -> RecordedDecision? {
        if cursors.isEmpty { try lookAgain() }
        for (name, cursor) in cursors where cursor.page.isEmpty && !cursor.isAtEnd {
            let page = try history.decisions(of: name, from: from, to: to, after: cursor.last, limit: 500)
            cursors[name]?.page = page[...]
            cursors[name]?.isAtEnd = page.isEmpty
        }
        let first = cursors.compactMap { name, cursor in cursor.page.first.map { (name, $0) } }
            .min { ($0.1.decision.time, $0.0) < ($1.1.decision.time, $1.0) }
        guard let (name, recorded) = first else { return nil }
        if recorded.outcome == nil, recorded.decision.time > settledBefore {
            // Read anew by then.
            cursors[name]?.page = []
            cursors[name]?.isAtEnd = true
            return nil
        }
        cursors[name]?.page.removeFirst()
        cursors[name]?.last = recorded.decision.number
        return recorded
    }

    /// Takes notice of what has been written since the end was reached.
    public mutating func lookAgain() throws(EpisodeStoreError) {
        var names = [function].compactMap(\.self)
        if names.isEmpty { names = try history.functions().map(\.function) }
        for name in names { cursors[name, default: Cursor()].isAtEnd = false }
    }
}
