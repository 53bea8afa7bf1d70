import Yams

/// A mapping of a scenario file that knows which of its keys were read, so that unknown ones can be refused.
struct ScenarioDocument {
    let file: String
    private let path: String
    private let line: Int
    private let entries: [(key: String, line: Int, node: Node)]
    private var read: Set<String> = []

    /// - Throws: ``ScenarioError`` when `node` is no mapping, or a key comes twice.
    init(_ node: Node, file: String, path: String = "") throws(ScenarioError) {
        self.file = file
        self.path = path
        line = node.mark?.line ?? 0
        guard let mapping = node.mapping else {
            throw ScenarioError(file: file, line: line, reason: "\(path.isEmpty ? "a scenario" : path) must be a mapping of keys to values")
        }
        var entries: [(key: String, line: Int, node: Node)] = []
        for (key, value) in mapping {
            let name = key.string ?? ""
            let line = key.mark?.line ?? 0
            if entries.contains(where: { $0.key == name }) {
                throw ScenarioError(file: file, line: line, reason: "the key \"\(name)\" comes twice")
            }
            entries.append((name, line, value))
        }
        self.entries = entries
    }

    func error(_ reason: String, at key: String? = nil) -> ScenarioError {
        ScenarioError(file: file, line: entries.first { $0.key == key }?.line ?? line, reason: reason)
    }

    /// The keys that are there.
    var keys: [String] { entries.map(\.key) }

    mutating func node(_ key: String) -> Node? {
        read.insert(key)
        return entries.first { $0.key == key }?.node
    }

    mutating func text(_ key: String) throws(ScenarioError) -> String? {
        guard let node = node(key) else { return nil }
        guard let text = node.string else { throw error("\(name(key)) must be text", at: key) }
        return text
    }

    mutating func number(_ key: String, from least: Double = 0, to most: Double = 1e9) throws(ScenarioError) -> Double? {
        guard let node = node(key) else { return nil }
        return try number(node, key, from: least, to: most)
    }

    func number(_ node: Node, _ key: String, from least: Double = 0, to most: Double = 1e9) throws(ScenarioError) -> Double {
        guard let number = node.float ?? node.int.map(Double.init), number.isFinite, number >= least, number <= most else {
            let got = node.string ?? "something else"
            throw ScenarioError(
                file: file, line: node.mark?.line ?? line, reason: "\(name(key)) must be a number from \(short(least)) to \(short(most)), got \(got)")
        }
        return number
    }

    mutating func required(_ key: String, from least: Double = 0, to most: Double = 1e9) throws(ScenarioError) -> Double {
        guard let number = try number(key, from: least, to: most) else { throw error("\(name(key)) is missing") }
        return number
    }

    mutating func integer(_ key: String, from least: Int, to most: Int) throws(ScenarioError) -> Int? {
        guard let node = node(key) else { return nil }
        guard let integer = node.int, integer >= least, integer <= most else {
            throw error("\(name(key)) must be an integer from \(least) to \(most), got \(node.string ?? "something else")", at: key)
        }
        return integer
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _: Choice.Type) throws(ScenarioError) -> Choice?
    where Choice.RawValue == String {
        guard let text = try text(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("\(name(key)) must be one of \(known); got \"\(text)\"", at: key)
        }
        return choice
    }

    mutating func document(_ key: String) throws(ScenarioError) -> ScenarioDocument? {
        guard let node = node(key) else { return nil }
        return try ScenarioDocument(node, file: file, path: name(key))
    }

    /// - Throws: ``ScenarioError`` for a key that nobody has read.
    func refuseUnknownKeys() throws(ScenarioError) {
        guard let stranger = entries.first(where: { !read.contains($0.key) }) else { return }
        throw ScenarioError(
            file: file, line: stranger.line,
            reason: "unknown key \"\(name(stranger.key))\"; known here are \(read.sorted().joined(separator: ", "))")
    }

    private func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func short(_ number: Double) -> String { number == number.rounded() ? String(Int(number)) : String(number) }
}
