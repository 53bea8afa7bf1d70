package import Yams

/// A mapping of a scenario file, or of another YAML file of this project. Its keys are known beforehand: a stranger among them is refused at once.
package struct ScenarioDocument {
    package let file: String
    private let path: String
    private let line: Int
    private let entries: [String: (line: Int, node: Node)]

    /// - Throws: ``ScenarioError`` when `node` is no mapping, or has a key that is not one of `known`, or has one twice.
    package init(_ node: Node, file: String, path: String = "", keys known: [String]) throws(ScenarioError) {
        self.file = file
        self.path = path
        line = node.mark?.line ?? 0
        guard let mapping = node.mapping else {
            let what = path.isEmpty ? "a scenario" : path
            throw ScenarioError(
                file: file, line: line,
                reason: "\(what) must be a mapping with the keys \(known.joined(separator: ", ")); got \(node.brief)")
        }
        var entries: [String: (line: Int, node: Node)] = [:]
        for (key, value) in mapping {
            let line = key.mark?.line ?? line
            guard let name = key.scalar?.string, known.contains(name) else {
                let name = key.scalar?.string ?? key.brief
                let place = path.isEmpty ? "" : " in \(path)"
                throw ScenarioError(
                    file: file, line: line,
                    reason: "unknown key \"\(name.prefix(60))\"\(place)\(NearMatches.hint(for: name, among: known))")
            }
            guard entries.updateValue((line, value), forKey: name) == nil else {
                throw ScenarioError(file: file, line: line, reason: "the key \"\(name)\" comes more than once")
            }
        }
        self.entries = entries
    }

    /// The reason with the line of `key`, or the mapping's own when it has none.
    package func error(_ reason: String, at key: String? = nil) -> ScenarioError {
        ScenarioError(file: file, line: key.flatMap { entries[$0]?.line } ?? line, reason: reason)
    }

    package func has(_ key: String) -> Bool { entries[key] != nil }

    package func node(_ key: String) -> Node? { entries[key]?.node }

    package func text(_ key: String) throws(ScenarioError) -> String? {
        guard let node = node(key) else { return nil }
        guard let text = node.scalar?.string else {
            throw error("\(name(key)) must be text, got \(node.brief)", at: key)
        }
        return ScenarioText.withoutMark(text)
    }

    /// A finite number within the bounds; nil when the key is absent.
    package func number(_ key: String, from least: Double = 0, to most: Double = 1e9) throws(ScenarioError) -> Double? {
        guard let node = node(key) else { return nil }
        return try number(node, name(key), from: least, to: most)
    }

    package func number(_ node: Node, _ name: String, from least: Double = 0, to most: Double = 1e9)
        throws(ScenarioError)
        -> Double
    {
        guard let number = node.decimal, number >= least, number <= most else {
            throw ScenarioError(
                file: file, line: node.mark?.line ?? line,
                reason: "\(name) must be a number from \(brief(least)) to \(brief(most)), got \(node.brief)")
        }
        return number
    }

    package func required(_ key: String, from least: Double = 0, to most: Double = 1e9) throws(ScenarioError) -> Double
    {
        guard let number = try number(key, from: least, to: most) else {
            throw error("\(name(key)) is missing; give a number from \(brief(least)) to \(brief(most))")
        }
        return number
    }

    /// The text of `name`, which is a word of lower-case letters, digits and hyphens.
    package func identifier() throws(ScenarioError) -> String? {
        guard let text = try text("name") else { return nil }
        let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789-")
        guard (1...64).contains(text.count), text.allSatisfy(letters.contains) else {
            throw error(
                "\(name("name")) must be 1 to 64 lower-case letters, digits and hyphens, got \"\(text.prefix(70))\"",
                at: "name")
        }
        return text
    }

    package func missing<Part>(_ key: String, _ example: String) throws(ScenarioError) -> Part {
        throw error("\(name(key)) is missing; give \(example)")
    }

    package func integer(_ key: String, from least: Int, to most: Int) throws(ScenarioError) -> Int? {
        guard let node = node(key) else { return nil }
        guard let integer = node.plainText.flatMap({ Int($0) }), integer >= least, integer <= most else {
            throw error("\(name(key)) must be a whole number from \(least) to \(most), got \(node.brief)", at: key)
        }
        return integer
    }

    /// A list of one number of seconds at least.
    package func seconds(_ key: String, to most: Double) throws(ScenarioError) -> [Double] {
        guard let nodes = node(key)?.sequence, !nodes.isEmpty else {
            throw error("\(name(key)) must be a list of at least one number of seconds", at: key)
        }
        var values: [Double] = []
        for (index, node) in nodes.enumerated() {
            values.append(try number(node, "\(name(key))[\(index)]", to: most))
        }
        return values
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _: Choice.Type) throws(ScenarioError)
        -> Choice?
    where Choice.RawValue == String {
        guard let text = try text(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("\(name(key)) must be one of \(known); got \"\(text.prefix(40))\"", at: key)
        }
        return choice
    }

    package func document(_ key: String, keys known: [String]) throws(ScenarioError) -> ScenarioDocument? {
        guard let node = node(key) else { return nil }
        return try ScenarioDocument(node, file: file, path: name(key), keys: known)
    }

    /// - Throws: ``ScenarioError`` when `most` is below `least`, at the line of `key`.
    package func check(_ key: String, _ most: Double, isAtLeast least: Double, of lower: String) throws(ScenarioError) {
        guard most >= least else {
            throw error(
                "\(name(key)) is \(brief(most)), below \(name(lower)), which is \(brief(least))",
                at: has(key) ? key : lower)
        }
    }

    /// The key with what it is in.
    package func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func brief(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? String(number)
    }
}

extension Node {
    /// A scalar that is not quoted.
    fileprivate var plainText: String? {
        guard let scalar, scalar.style == .plain else { return nil }
        return scalar.string
    }

    /// A finite decimal number. YAML 1.1's sexagesimal (`1:30` is 90) and octal (`010` is 8) ones surprise; they are none.
    fileprivate var decimal: Double? {
        guard let plainText, plainText.utf8.allSatisfy({ Node.decimalLetters.contains($0) }) else { return nil }
        guard let number = Double(plainText), number.isFinite else { return nil }
        return number
    }

    private static let decimalLetters = Set("0123456789+-.eE".utf8)

    /// For messages.
    fileprivate var brief: String {
        switch self {
        case .scalar(let scalar) where scalar.string.isEmpty: "nothing"
        case .scalar(let scalar): "\"\(scalar.string.prefix(40))\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .alias: "an alias"
        }
    }
}
