/// Given tasks, written as JSON Lines: one object a line.
///
/// | key | meaning | default |
/// |---|---|---|
/// | `payload` | the body to send: a string as it is, anything else as the JSON that is written there | a body for the reference worker |
/// | `seconds` | service time for the reference worker, in scenario seconds | the scenario's service time, drawn |
/// | `headers` | an object of strings | none |
/// | `deadline` | seconds from `at` | the scenario's rule |
/// | `at` | generation time in seconds from the episode's beginning | 0 |
/// | `id` | unique text | `task-<line>` |
public struct TaskBag: Sendable, Hashable {
    /// A task as it was given. Times are scenario seconds.
    public struct Entry: Sendable, Hashable {
        /// Unique in the bag; 1 to 128 visible ASCII characters, since it travels in a header.
        public var id: String
        /// From the episode's beginning, 0 or more.
        public var at: Double
        /// From `at`; nil: the scenario's rule.
        public var deadline: Double?
        /// Service time for the reference worker; nil: drawn when there is no payload, else known to the worker only.
        public var seconds: Double?
        /// The body to send, byte for byte.
        public var payload: [UInt8]?
        public var headers: [String: String]

        public init(
            id: String, at: Double, deadline: Double? = nil, seconds: Double? = nil, payload: [UInt8]? = nil,
            headers: [String: String] = [:]
        ) {
            self.id = id
            self.at = at
            self.deadline = deadline
            self.seconds = seconds
            self.payload = payload
            self.headers = headers
        }
    }

    /// In the order of `at`; equal times keep the order of the lines.
    public let tasks: [Entry]

    /// Tasks that are known already, in any order; ids and numbers as a bag's lines may have them.
    ///
    /// - Throws: ``ScenarioError`` that names the task.
    public init(_ entries: [Entry]) throws(ScenarioError) {
        func refusal(_ reason: String) -> ScenarioError { ScenarioError(file: "bag", line: 0, reason: reason) }
        guard (1...Arrivals.mostGiven).contains(entries.count) else {
            throw refusal("a bag has 1 to \(Arrivals.mostGiven) tasks, got \(entries.count)")
        }
        var ids: Set<String> = []
        for entry in entries {
            guard ids.insert(entry.id).inserted else { throw refusal("the id \"\(entry.id)\" comes twice") }
            for number in [entry.at, entry.deadline ?? 0, entry.seconds ?? 0] where !(0...1e9).contains(number) {
                throw refusal("the task \"\(entry.id)\" has a time of \(number) s, expected 0 to 1000000000")
            }
        }
        tasks = entries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// - Parameters:
    ///   - firstLine: the number of the text's first line in `file`.
    ///   - file: its name, for messages.
    /// - Throws: ``ScenarioError`` that names the line.
    public init(jsonLines text: String, firstLine: Int = 1, file: String = "bag") throws(ScenarioError) {
        var tasks: [Entry] = []
        var ids: Set<String> = []
        // By bytes: to a string's characters, a carriage return with its line feed is no line feed.
        for (offset, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") })
            else { continue }
            let entry = try TaskBagLine(Array(line), line: firstLine + offset, file: file).entry()
            guard ids.insert(entry.id).inserted else {
                throw ScenarioError(file: file, line: firstLine + offset, reason: "the id \"\(entry.id)\" comes twice")
            }
            tasks.append(entry)
            guard tasks.count <= Arrivals.mostGiven else {
                throw ScenarioError(
                    file: file, line: firstLine + offset, reason: "a bag may have \(Arrivals.mostGiven) tasks at most")
            }
        }
        guard !tasks.isEmpty else {
            throw ScenarioError(file: file, line: firstLine, reason: "the bag is empty; give a JSON object a line")
        }
        self.tasks = tasks.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(
            \.element)
    }
}

/// A scenario that cannot be.
public struct ScenarioError: Error, Sendable, Hashable, CustomStringConvertible {
    public let file: String
    /// From 1; 0 when the reason concerns no single line.
    public let line: Int
    /// What was got, and what is expected.
    public let reason: String

    public init(file: String, line: Int, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    public var description: String { line > 0 ? "\(file):\(line): \(reason)" : "\(file): \(reason)" }
}
