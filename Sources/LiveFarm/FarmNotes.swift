import Farm

/// What a farm has to say to people, for `info["notes"]` and the log.
///
/// Each kind is said once in the farm's life, with the text of its last occasion in the window; a kind that concerns several
/// units is said once for all of them. Outages are events: each is said when it has begun and when it has ended.
struct FarmNotes {
    private struct Note {
        var kind: FarmNote.Kind
        var names: [String]
        var text: String
    }

    private var said: Set<FarmNote.Kind> = []
    private var pending: [Note] = []

    /// Adds a note. Its text replaces that of an earlier note of the kind that nobody has seen yet.
    ///
    /// - Returns: whether the kind is new, and so worth a line in the log.
    mutating func add(_ note: FarmNote) -> Bool {
        let kind = note.kind
        if !kind.isEvent, let index = pending.firstIndex(where: { $0.kind == kind }) {
            pending[index].text = note.text
            if let name = note.worker, !pending[index].names.contains(name) { pending[index].names.append(name) }
            return false
        }
        guard kind.isEvent || said.insert(kind).inserted else { return false }
        pending.append(Note(kind: kind, names: note.worker.map { [$0] } ?? [], text: note.text))
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

extension FarmNote.Kind {
    /// Somebody else changes the workers.
    static let strangersHand = Self("stranger's hand")
    /// A unit does not take calls.
    static let refusing = Self("refusing")
    /// Calls take longer than their work.
    static let overhead = Self("overhead")
    /// Workers take longer to start than the scenario's do at the farm's speed.
    static let starts = Self("starts")
    /// The platform keeps more workers than the scenario's least, or may.
    static let floor = Self("floor")
    static let floorMayBe = Self("floor may be")
    static let outageBegan = Self("outage began", isEvent: true)
    static let outageEnded = Self("outage ended", isEvent: true)
}
