import Foundation
import GRDB
import Gymnasium

/// What a list says of a setup.
struct SetupSummary {
    let environmentID: String
    /// Empty where there is none.
    let scenarioName: String
    let origin: Provenance.Kind
    let programVersion: String

    /// - Parameter row: of the table of setups, or of it joined to episodes.
    init(_ row: Row) throws {
        environmentID = row["environment_id"]
        programVersion = row["program_version"]
        scenarioName = SetupSummary.name(ofScenario: row["scenario"])
        let isReproducible: Bool? = row["reproducible"]
        let arguments: Data? = isReproducible == nil ? row["arguments"] : nil
        origin = Provenance.Kind(
            environmentID: environmentID, isReproducible: isReproducible,
            arguments: try arguments.map(CanonicalBytes.arguments) ?? [])
    }

    /// All of a file, by their ids.
    static func all(_ db: Database) throws -> [Int64: SetupSummary] {
        var setups: [Int64: SetupSummary] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql:
                "SELECT id, environment_id, program_version, substr(scenario, 1, 300) AS scenario, reproducible, arguments FROM setups"
        )
        while let row = try rows.next() { setups[row["id"]] = try SetupSummary(row) }
        return setups
    }

    /// Whether a filter lets its episodes through, as far as it is about setups.
    func matches(_ filter: EpisodeFilter) -> Bool {
        (filter.environmentID == nil || filter.environmentID == environmentID)
            && (filter.scenario == nil || filter.scenario == scenarioName)
            && (filter.origin == nil || filter.origin == origin)
    }

    /// Resolved scenarios begin with their name, in quotes where it needs them.
    private static func name(ofScenario text: String) -> String {
        guard text.hasPrefix("name: ") else { return "" }
        let line = text.dropFirst(6).prefix { $0 != "\n" }
        return line.hasPrefix("\"") && line.hasSuffix("\"") && line.count > 1
            ? line.dropFirst().dropLast().replacingOccurrences(of: "\\\"", with: "\"") : String(line)
    }
}
