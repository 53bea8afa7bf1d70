import Foundation

/// Why the system did not do what it was asked, as people read it. What Foundation and NIO say themselves has domains, codes
/// and the names of functions in it, or nothing but "The operation could not be completed".
///
///     do {
///         try text.write(toFile: path, atomically: true, encoding: .utf8)
///     } catch {
///         print("\(path) cannot be written: \(SystemFailure.reason(error))")
///     }
public enum SystemFailure {
    /// The reason in words, to stand behind what was tried. What is no failure of the system's is as it describes itself.
    public static func reason(_ error: any Error) -> String {
        recognised(error) ?? "\(error)"
    }

    /// A sentence that names the file, if there is one; nil for what is no failure of the system's, which has words of its
    /// own.
    public static func sentence(_ error: any Error) -> String? {
        guard let reason = recognised(error) else { return nil }
        return path(of: error).map { "\($0): \(reason)" } ?? reason
    }

    /// What a number of the system's means, and what to do.
    public static func words(_ number: Int32) -> String {
        switch number {
        case ENOENT: "there is no such file or folder; check its name, and that its folder is there"
        case EACCES, EPERM: "this user may not; change its mode, or choose another place"
        case EISDIR: "it is a folder; name a file"
        case ENOTDIR: "what should be a folder on the way there is a file"
        case EEXIST: "something of that name is there already"
        case EROFS: "the file system there may only be read"
        case ENOSPC, EDQUOT: "no room is left there"
        case ENAMETOOLONG: "the name is too long"
        case EMFILE, ENFILE: "no file descriptors are left; raise `ulimit -n`"
        case EADDRINUSE:
            "another program listens there; stop it, or choose another port (port 0 takes a free one where it may)"
        case EADDRNOTAVAIL: "this machine has no such address"
        case ECONNREFUSED: "nobody listens there"
        default: String(cString: strerror(number))
        }
    }

    private static func recognised(_ error: any Error) -> String? {
        if let number = number(of: error) { return words(number) }
        if let error = error as? DecodingError { return words(error) }
        guard let error = error as? CocoaError else { return nil }
        switch error.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: return words(ENOENT)
        case .fileReadNoPermission, .fileWriteNoPermission: return words(EACCES)
        case .fileReadInapplicableStringEncoding, .fileReadUnknownStringEncoding, .fileReadCorruptFile:
            return "it is no text in UTF-8"
        case .fileReadTooLarge: return "it is too large"
        case .fileWriteFileExists: return words(EEXIST)
        case .fileWriteOutOfSpace: return words(ENOSPC)
        case .fileWriteVolumeReadOnly: return words(EROFS)
        default:
            var isFolder: ObjCBool = false
            if let path = path(of: error), FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                isFolder.boolValue
            {
                return words(EISDIR)
            }
            return "it cannot be read or written; is it a folder, or a damaged disk?"
        }
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "the whole" : "\"" + path.map(\.stringValue).joined(separator: ".") + "\""
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context): "\(place(context.codingPath)) is null"
        case .typeMismatch(_, let context): "\(place(context.codingPath)) is of another type than expected"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "it is no JSON"
        case .dataCorrupted(let context): "\(place(context.codingPath)) cannot be read"
        @unknown default: "it is not the JSON that is expected"
        }
    }

    private static func number(of error: any Error) -> Int32? {
        if let error = error as? POSIXError { return error.code.rawValue }
        if let error = error as? CocoaError {
            if let underlying = error.userInfo[NSUnderlyingErrorKey] as? any Error { return number(of: underlying) }
            return nil
        }
        let general = error as NSError
        if general.domain == NSPOSIXErrorDomain { return Int32(clamping: general.code) }
        // NIO's errors are of a type that is not known here, and end in "(errno: 98)".
        let text = "\(error)"
        guard let mark = text.range(of: "(errno: "), text.hasSuffix(")") else { return nil }
        return Int32(text[mark.upperBound...].dropLast())
    }

    private static func path(of error: any Error) -> String? {
        guard let error = error as? CocoaError else { return nil }
        return error.userInfo[NSFilePathErrorKey] as? String ?? (error.userInfo[NSURLErrorKey] as? URL)?.path
    }
}
