import Foundation

/// Given tasks, written as JSON Lines: one object a line.
///
/// | key | meaning | default |
/// |---|---|---|
/// | `payload` | the body to send: a string as it is, anything else as JSON | a body for the reference worker |
/// | `seconds` | service time for the reference worker, in scenario seconds | the scenario's service time, drawn |
/// | `headers` | an object of strings | none |
/// | `deadline` | seconds from `at` | the scenario's rule |
/// | `at` | generation time in seconds from the episode's beginning | 0 |
/// | `id` | unique text | `task-<line>` |
public struct TaskBag: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var id: String
        public var at: Double
        public var deadline: Double?
        public var seconds: Double?
        public var payload: [UInt8]?
        public var headers: [String: String]
    }

    /// In the order of `at`; equal times keep the order of the lines.
    public let tasks: [Entry]

    /// - Throws: ``ScenarioError`` that names the line.
    public init(jsonLines text: String, firstLine: Int = 1, file: String = "bag") throws {
        var tasks: [Entry] = []
        var ids: Set<String> = []
        for (offset, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.trimmingCharacters(in: .whitespaces)
            guard !content.isEmpty else { continue }
            func refuse(_ reason: String) -> ScenarioError {
                ScenarioError(file: file, line: firstLine + offset, reason: reason)
            }
            guard let object = try? JSONSerialization.jsonObject(with: Data(content.utf8)) as? [String: Any] else {
                throw refuse("not a JSON object: \(content.prefix(60))")
            }
            let known = ["payload", "seconds", "headers", "deadline", "at", "id"]
            if let stranger = object.keys.sorted().first(where: { !known.contains($0) }) {
                throw refuse("unknown key \"\(stranger)\"; known are \(known.joined(separator: ", "))")
            }
            func number(_ key: String, above least: Double) throws -> Double? {
                guard let value = object[key] else { return nil }
                guard let number = value as? Double, number.isFinite, number >= least else {
                    throw refuse("\(key) must be a number, at least \(least); got \(value)")
                }
                return number
            }
            let id = object["id"] as? String ?? "task-\(firstLine + offset)"
            guard ids.insert(id).inserted else { throw refuse("the id \"\(id)\" comes twice") }
            if let headers = object["headers"], !(headers is [String: String]) { throw refuse("headers must be an object of strings") }
            var payload: [UInt8]?
            if let text = object["payload"] as? String {
                payload = Array(text.utf8)
            } else if let value = object["payload"] {
                payload = try [UInt8](JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys]))
            }
            tasks.append(
                Entry(
                    id: id, at: try number("at", above: 0) ?? 0, deadline: try number("deadline", above: 0),
                    seconds: try number("seconds", above: 0), payload: payload,
                    headers: object["headers"] as? [String: String] ?? [:]))
        }
        guard !tasks.isEmpty else { throw ScenarioError(file: file, line: firstLine, reason: "the bag is empty") }
        self.tasks = tasks.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }
}

/// A scenario that cannot be.
public struct ScenarioError: Error, Sendable, Hashable, CustomStringConvertible {
    public let file: String
    /// From 1; 0 when the reason concerns no single line.
    public let line: Int
    public let reason: String

    public init(file: String, line: Int, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    public var description: String { line > 0 ? "\(file):\(line): \(reason)" : "\(file): \(reason)" }
}
