import Yams

extension SuiteLoad {
    /// Loads that a file may have.
    private static let mostLoads = 100

    /// Reads a list of loads: those of the table by name, and own ones of scenarios that are named.
    ///
    ///     standard: [flash, daily]
    ///     loads:
    ///       - {name: shop, summary: a web shop, tuning: monday.yaml, tests: [tuesday.yaml, friday.yaml]}
    ///
    /// - Parameters:
    ///   - file: its name, for messages.
    ///   - scenario: the scenario of a name that stands in the file.
    /// - Throws: ``ScenarioError`` with file, line and reason; what is wrong in a scenario has that file's name.
    public static func list(
        yaml: String, file: String, scenario: (_ name: String) throws -> Scenario
    ) throws -> [SuiteLoad] {
        let document = try ScenarioDocument(
            try ScenarioText.compose(yaml, file: file), file: file, keys: ["standard", "loads"])
        var loads: [SuiteLoad] = []
        for name in try document.texts("standard") ?? [] {
            do { loads += try named([name]) } catch let error as ScenarioError {
                throw document.error(error.reason, at: "standard")
            }
        }
        if let node = document.node("loads") {
            guard let nodes = node.sequence, nodes.count <= mostLoads else {
                throw document.error("loads must be a list of at most \(mostLoads) loads", at: "loads")
            }
            for (index, node) in nodes.enumerated() {
                loads.append(try load(node, index, file, scenario))
            }
        }
        guard !loads.isEmpty else {
            throw document.error("the suite has no loads; give standard: [flash], or loads: [{name, tuning, tests}]")
        }
        for (index, load) in loads.enumerated() where loads[..<index].contains(where: { $0.name == load.name }) {
            throw document.error("two loads have the name \"\(load.name)\"; give each its own")
        }
        return loads
    }

    /// Loads of the table, in the order given.
    ///
    /// - Throws: ``ScenarioError`` for a name that none has, with near ones.
    public static func named(_ names: [String], of loads: [SuiteLoad] = standard) throws -> [SuiteLoad] {
        try names.map { name in
            guard let load = loads.first(where: { $0.name == name }) else {
                let hint = NearMatches.hint(for: name, among: loads.map(\.name))
                throw ScenarioError(file: "suite", line: 0, reason: "there is no load \"\(name.prefix(60))\"\(hint)")
            }
            return load
        }
    }

    private static func load(
        _ node: Node, _ index: Int, _ file: String, _ scenario: (String) throws -> Scenario
    ) throws -> SuiteLoad {
        let part = try ScenarioDocument(
            node, file: file, path: "loads[\(index)]", keys: ["name", "summary", "tuning", "tests"])
        guard let tuning = try part.text("tuning") else {
            throw part.error("\(part.name("tuning")) is missing; give the scenario that parameters are chosen on")
        }
        guard let tests = try part.texts("tests"), !tests.isEmpty else {
            throw part.error("\(part.name("tests")) is missing; give a list of scenarios to test on", at: "tests")
        }
        guard let name = try part.identifier() else { throw part.error("\(part.name("name")) is missing") }
        func read(_ text: String, _ key: String) throws -> Scenario {
            do { return try scenario(text) } catch let error as ScenarioError {
                throw error
            } catch {
                throw part.error("\(part.name(key)): \(error)", at: key)
            }
        }
        return SuiteLoad(
            name: name, summary: try part.text("summary") ?? "", tuning: try read(tuning, "tuning"),
            tests: try tests.map { try read($0, "tests") })
    }
}

extension ScenarioDocument {
    /// A list of texts; nil when the key is absent.
    fileprivate func texts(_ key: String) throws(ScenarioError) -> [String]? {
        guard let node = node(key) else { return nil }
        guard let nodes = node.sequence else { throw error("\(name(key)) must be a list of names", at: key) }
        var texts: [String] = []
        for node in nodes {
            guard let text = node.scalar?.string else { throw error("\(name(key)) must be a list of names", at: key) }
            texts.append(text)
        }
        return texts
    }
}
