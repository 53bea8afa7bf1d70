import Foundation
import Synchronization
import TestSupport
import Testing

@testable import LocalGateway

/// A run of the built `faasfarm` command, ended at the latest with the test.
///
/// Foundation's Process is no help here: it crashes while other tests hold a thousand files open.
final class Program: Sendable {
    private let child: ChildProcess
    private let code: Exit
    private let script: TemporaryFile
    private let output: TemporaryFile
    private let errors: TemporaryFile

    private final class Exit: Sendable {
        let code = Mutex<Int?>(nil)
    }

    var pid: Int32 { child.pid }

    init(_ arguments: [String], environment: [String: String] = [:]) async throws {
        output = try TemporaryFile(text: "")
        errors = try TemporaryFile(text: "")
        let program = TestGateway.worker.split(separator: " ")[0]
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        script = try TemporaryFile(script: "exec \(program) \(words) > \(output.path) 2> \(errors.path)")
        let exit = Exit()
        code = exit
        child = try await ProcessKeeper.shared.spawn(Launch(envProcess: script.path, envVars: environment)) { code in
            exit.code.withLock { $0 = code }
        }
    }

    deinit {
        child.signal(SIGKILL)
    }

    /// The first line on standard output.
    func firstLine() async throws -> String {
        var lines: [Substring] = []
        try await eventually("a line is written") {
            lines = try String(contentsOfFile: output.path, encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false)
            return lines.count > 1
        }
        return String(lines[0])
    }

    func signal(_ number: Int32) {
        child.signal(number)
    }

    /// Waits for the end, and returns the exit code and what was written to standard error.
    func end() async throws -> (code: Int, errors: String) {
        try await eventually("the program ends") { code.code.withLock { $0 } != nil }
        return (code.code.withLock { $0 } ?? -1, try String(contentsOfFile: errors.path, encoding: .utf8))
    }
}
