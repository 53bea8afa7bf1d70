/// What a farm has to say to people, for `info["notes"]` and the log.
///
/// Each kind is said once in the farm's life, with the text of its last occasion in the window; a kind that concerns several
/// functions is said once for all of them. Outages are events: each is said when it has begun and when it has ended.
struct FarmNotes {
    enum Kind: Hashable, Sendable, CaseIterable {
        /// The gateway makes another number of replicas than was asked for.
        case limited
        /// The gateway takes only so many functions.
        case capacity
        /// A scale request was refused or failed.
        case scaling
        case deployment
        case deletion
        /// Somebody else changes the workers.
        case strangersHand
        /// Workers were there before.
        case found
        /// A function does not take calls.
        case refusing
        /// This program cannot make as many calls as it has workers for.
        case shortage
        case connectionLost
        /// Calls take longer than their work.
        case overhead
        /// Workers take longer to start than the scenario's do at the farm's speed.
        case starts
        /// The queue runs fewer calls at a time than there are workers.
        case queueConcurrency
        case queueTest
        /// Requests to the callbacks' address that are no callbacks; callbacks that do not come, or come late.
        case strayCallbacks, missingCallbacks, lateCallbacks
        /// A killed daemon's workers; what was found could not be written down.
        case leftovers, state
        /// The gateway keeps more workers than the scenario's least, or may.
        case floor, floorMayBe
        case outageBegan, outageEnded

        /// Whether it is said each time that it happens.
        var isEvent: Bool { self == .outageBegan || self == .outageEnded }
    }

    private struct Note {
        var kind: Kind
        var names: [String]
        var text: String
    }

    private var said: Set<Kind> = []
    private var pending: [Note] = []

    /// Adds a note.
    ///
    /// - Parameters:
    ///   - name: the function that it is about; the text then goes on after the name.
    ///   - text: replaces that of an earlier note of the kind that nobody has seen yet.
    /// - Returns: whether the kind is new, and so worth a line in the log.
    mutating func add(_ kind: Kind, about name: String?, _ text: String) -> Bool {
        if !kind.isEvent, let index = pending.firstIndex(where: { $0.kind == kind }) {
            pending[index].text = text
            if let name, !pending[index].names.contains(name) { pending[index].names.append(name) }
            return false
        }
        guard kind.isEvent || said.insert(kind).inserted else { return false }
        pending.append(Note(kind: kind, names: name.map { [$0] } ?? [], text: text))
        return true
    }

    /// What there is to say since the last time.
    mutating func take() -> [String] {
        defer { pending = [] }
        return pending.map { Self.sentence($0.names, $0.text) }
    }

    /// "worker-1, worker-2 and 7 others: …".
    static func sentence(_ names: [String], _ text: String) -> String {
        guard !names.isEmpty else { return text }
        let shown = names.count <= 3 ? names : Array(names.prefix(2))
        let rest = names.count - shown.count
        return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) others" : "") + ": " + text
    }
}
