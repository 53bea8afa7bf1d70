import Foundation

/// A program to start: what `envProcess` names, looked up and split.
struct Launch: Sendable, Equatable {
    /// Absolute, or relative to the working directory when `envProcess` has it so.
    let path: String
    /// Begins with the program's name, as is the custom.
    let arguments: [String]
    private(set) var environment: [String: String]

    /// - Throws: ``Refusal`` 400 when there is no such program.
    init(
        envProcess: String, envVars: [String: String], inherited: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Refusal) {
        arguments = envProcess.split(separator: " ").map(String.init)
        guard let program = arguments.first else {
            throw Refusal(
                400,
                "envProcess is missing (fprocess in stack.yml): this gateway starts programs, not images; give the worker's "
                    + "command line, for example \"faasfarm worker\"")
        }
        guard !envProcess.utf8.contains(0) else { throw Refusal(400, "envProcess has a zero byte in it") }
        environment = inherited.filter { Self.inheritedNames.contains($0.key) }
        environment.merge(envVars) { _, own in own }
        guard let path = Self.find(program, in: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin") else {
            throw Refusal(
                400,
                program.contains("/")
                    ? "envProcess: there is no program \(program)"
                    : "envProcess: there is no program \"\(program)\" in PATH")
        }
        self.path = path
    }

    /// The same with the port that the program is to listen on.
    func listening(on port: Int) -> Launch {
        var copy = self
        copy.environment["PORT"] = String(port)
        return copy
    }

    // What programs need to find themselves; secrets of the gateway's own environment stay here.
    private static let inheritedNames: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "VIRTUAL_ENV",
    ]

    private static func find(_ program: String, in searchPath: String) -> String? {
        if program.contains("/") { return isProgram(program) ? program : nil }
        return searchPath.split(separator: ":", omittingEmptySubsequences: false).lazy
            .map { ($0.isEmpty ? "." : $0) + "/" + program }
            .first(where: isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }
}
