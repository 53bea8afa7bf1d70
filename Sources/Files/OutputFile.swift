public import Foundation

/// A file that a command writes at its end, and finds writable at its beginning: hours of work are not lost to a wrong folder.
///
///     let output = try OutputFile("report.html", of: "--report")
///     // … hours of work …
///     try output.write(page)
public struct OutputFile: Sendable {
    public let path: String
    /// What is no plain file, such as /dev/stdout or a pipe, is written into and not replaced.
    private let isSpecial: Bool

    /// Makes sure that the file can be written, without touching one that is there.
    ///
    /// - Parameter option: which names it, for messages.
    /// - Throws: ``Refusal`` with what is in the way.
    public init(_ path: String, of option: String) throws {
        self.path = path
        guard !path.isEmpty else { throw Refusal("\(option) is empty; name a file") }
        let files = FileManager.default
        var isFolder: ObjCBool = false
        let isThere = files.fileExists(atPath: path, isDirectory: &isFolder)
        guard !isThere || !isFolder.boolValue else {
            throw Refusal("\(option) \(path) is a folder; name a file in it")
        }
        isSpecial = isThere && Self.type(of: path) != .typeRegular
        guard !isSpecial else {
            guard files.isWritableFile(atPath: path) else {
                throw Refusal("\(option) \(path) cannot be written: it is not yours to write")
            }
            return
        }
        let folder = Self.folder(of: path)
        guard files.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw Refusal("\(option) \(path) cannot be written: there is no folder \(folder); make it first")
        }
        guard isFolder.boolValue else {
            throw Refusal("\(option) \(path) cannot be written: \(folder) is no folder")
        }
        // Permissions do not tell of file systems that are full or read-only; a file does.
        var template = Array("\(folder)/.faasfarm-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw Refusal("\(option) \(path) cannot be written: \(Self.reason(errno))")
        }
        close(descriptor)
        unlink(&template)
    }

    /// Writes the file, all of it or nothing.
    ///
    /// - Throws: ``Elsewhere`` when that fails and the content has gone to another file; what stopped it, when that fails, too.
    public func write(_ content: Data) throws {
        do {
            try save(content)
        } catch {
            let folder = Self.folder(of: path)
            let reason =
                FileManager.default.fileExists(atPath: folder)
                ? Self.words(error) : "there is no folder \(folder) any more"
            for other in others {
                guard (try? content.write(to: URL(fileURLWithPath: other), options: .withoutOverwriting)) != nil else {
                    continue
                }
                throw Elsewhere(path: path, other: other, reason: reason)
            }
            throw Lost(path: path, reason: reason)
        }
    }

    public func write(_ text: String) throws { try write(Data(text.utf8)) }

    /// Writes the file without looking for another place: on the way, when the end may find this one writable again.
    public func save(_ content: Data) throws {
        if isSpecial {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }
            try file.write(contentsOf: content)
            return
        }
        try content.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Beside the file, where this command runs, and where temporary files are; under names that are nobody's.
    private var others: [String] {
        let name = URL(fileURLWithPath: path).lastPathComponent
        let own = "\(Int(Date().timeIntervalSince1970))-\(ProcessInfo.processInfo.processIdentifier)-\(name)"
        return [Self.folder(of: path), FileManager.default.currentDirectoryPath, NSTemporaryDirectory()].map {
            ($0.hasSuffix("/") ? $0 : $0 + "/") + own
        }
    }

    /// What is in the way of a file that is to be written, with the option that names it.
    public struct Refusal: Error, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }

    /// What could not be written where it was to go is in another file.
    public struct Elsewhere: Error, CustomStringConvertible {
        let path: String
        public let other: String
        let reason: String

        public var cause: String { "\(path) cannot be written (\(reason))" }
        public var description: String { "\(cause); what was to be in it is in \(other)" }
    }

    /// What could not be written anywhere.
    public struct Lost: Error, CustomStringConvertible {
        let path: String
        let reason: String

        public var description: String {
            "\(path) cannot be written (\(reason)), nor can anything in its folder, here, or in \(NSTemporaryDirectory())"
        }
    }

    /// Of what a link leads to; nil for what has no path of its own, such as a pipe.
    private static func type(of path: String) -> FileAttributeType? {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return (try? FileManager.default.attributesOfItem(atPath: target))?[.type] as? FileAttributeType
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func reason(_ number: Int32) -> String { String(cString: strerror(number)).lowercased() }

    /// The operating system's words, without Foundation's around them.
    private static func words(_ error: any Error) -> String {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        return cause.domain == NSPOSIXErrorDomain ? reason(Int32(cause.code)) : error.localizedDescription
    }
}
