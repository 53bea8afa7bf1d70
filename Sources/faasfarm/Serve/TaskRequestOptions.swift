import ArgumentParser
import Foundation
import LiveFarm
import SystemErrors

/// What all tasks' requests carry beside their own.
struct TaskRequestOptions: ParsableArguments {
    @Option(
        help: """
            A header of every task's request, "NAME: VALUE"; repeatable. A task's own header of that name goes before it. \
            Other users of the machine can read command lines: secrets belong into --task-header-file.
            """)
    var taskHeader: [String] = []

    @Option(help: "A file with such headers, one a line; empty lines and lines that begin with # do not count.")
    var taskHeaderFile: String?

    @Option(help: "The query of every task's request, as it stands behind the ?, such as mode=fast&tenant=7.")
    var taskQuery: String?

    func validate() throws {
        for text in taskHeader { _ = try Self.header(text, of: "--task-header") }
        guard let taskQuery else { return }
        let isClean = taskQuery.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") }
        guard isClean, !taskQuery.hasPrefix("?") else {
            throw ValidationError(
                "--task-query is what stands behind the ?, without spaces or #, which are %20 and %23; got \"\(taskQuery)\""
            )
        }
    }

    /// The headers and the query.
    ///
    /// - Throws: `ValidationError` for a file that cannot be read, or a line that is no header. A file's lines are not
    ///   shown: they may be secret.
    func extras() throws -> LiveFarmOptions.RequestExtras {
        var headers = try taskHeader.map { try Self.header($0, of: "--task-header") }
        if let taskHeaderFile {
            let text: String
            do {
                text = try String(contentsOf: URL(fileURLWithPath: taskHeaderFile), encoding: .utf8)
            } catch {
                throw ValidationError("--task-header-file \(taskHeaderFile): \(SystemFailure.reason(error))")
            }
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let line = line.trimmingCharacters(in: .whitespacesAndNewlines)
                if line.isEmpty || line.hasPrefix("#") { continue }
                headers.append(
                    try Self.header(
                        line, of: "line \(number + 1) of --task-header-file \(taskHeaderFile)", shown: false))
            }
        }
        return LiveFarmOptions.RequestExtras(headers: headers, query: taskQuery)
    }

    /// The farm's own, and those that follow from the body.
    private static let reserved: Set<String> = [
        "connection", "content-length", "expect", "transfer-encoding", "x-attempt", "x-call-id", "x-callback-url",
        "x-task-id",
    ]

    private static func header(_ text: String, of place: String, shown: Bool = true) throws -> (
        name: String, value: String
    ) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
        let isToken = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains($0) }
        guard parts.count == 2, !name.isEmpty, isToken else {
            throw ValidationError("\(place) must be NAME: VALUE" + (shown ? ", got \"\(text)\"" : ""))
        }
        guard !reserved.contains(name.lowercased()) else {
            throw ValidationError("\(place): \(name) is the farm's own to set")
        }
        return (name, parts[1].trimmingCharacters(in: .whitespaces))
    }
}
