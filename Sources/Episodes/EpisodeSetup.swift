import Foundation
import GRDB
import Gymnasium

/// What many episodes have in common, as it is stored.
struct EpisodeSetup: Hashable {
    let environmentID: String
    let scenario: String
    let arguments: Data
    let observationSpace: Data
    let actionSpace: Data
    let maxEpisodeSteps: Int?
    let isReproducible: Bool
    let programVersion: String

    init(_ environment: ObservedEnvironment, programVersion: String) throws {
        let form = environment.form
        environmentID = form.spec.id
        scenario = form.scenarioText
        arguments = CanonicalBytes.bytes(arguments: form.arguments)
        observationSpace = try CanonicalBytes.bytes(form.observationSpace)
        actionSpace = try CanonicalBytes.bytes(form.actionSpace)
        maxEpisodeSteps = environment.maxEpisodeSteps
        isReproducible = form.isReproducible
        self.programVersion = programVersion
    }

    /// Of the table of setups, but for the id.
    static let columns = [
        "environment_id", "scenario", "arguments", "observation_space", "action_space", "max_episode_steps",
        "reproducible", "program_version", "platform",
    ]

    /// The row with this content; made where there is none.
    func id(_ db: Database) throws -> Int64 {
        let values: [(any DatabaseValueConvertible)?] = [
            environmentID, scenario, arguments, observationSpace, actionSpace, maxEpisodeSteps, isReproducible,
            programVersion, Platform.text,
        ]
        return try EpisodeSetup.id(of: values.map { $0?.databaseValue ?? .null }, db)
    }

    /// The row with these values of ``columns``; made where there is none.
    static func id(of values: [DatabaseValue], _ db: Database) throws -> Int64 {
        let known = try Int64.fetchOne(
            db, sql: "SELECT id FROM setups WHERE " + columns.map { "\($0) IS ?" }.joined(separator: " AND "),
            arguments: StatementArguments(values))
        return try known ?? db.insert("setups", columns, values)
    }
}

/// What this program was built for and how.
enum Platform {
    /// `linux x86_64 release`.
    static let text = [system, machine, build].joined(separator: " ")

    /// The system and the processor in such a text, without how the program was built.
    static func machine(of text: String) -> String? {
        let words = text.split(separator: " ")
        return words.count < 2 ? nil : words[..<2].joined(separator: " ")
    }

    #if os(Linux)
        private static let system = "linux"
    #elseif os(macOS)
        private static let system = "macos"
    #else
        private static let system = "other"
    #endif

    #if arch(x86_64)
        private static let machine = "x86_64"
    #elseif arch(arm64)
        private static let machine = "arm64"
    #else
        private static let machine = "other"
    #endif

    #if DEBUG
        private static let build = "debug"
    #else
        private static let build = "release"
    #endif
}

extension Database {
    /// - Returns: the id of the new row.
    func insert(_ table: String, _ columns: [String], _ values: [DatabaseValue]) throws -> Int64 {
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        let statement = try cachedStatement(
            sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))")
        try statement.execute(arguments: StatementArguments(values))
        return lastInsertedRowID
    }
}
