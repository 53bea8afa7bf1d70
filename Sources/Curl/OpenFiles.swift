import Foundation

/// The limit of open files. Each call of a client takes one while it runs, and a while longer for its connection.
public enum OpenFiles {
    /// Files that calls leave to everything else in the program: listeners, recordings, and Swift's runtime, which ends the
    /// program when it cannot open a file of its own.
    public static let reserve = 64

    /// How many files this program may open; nil where there is no limit.
    public static var limit: Int? {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(Int32.max) else { return nil }
        return Int(limit.rlim_cur)
    }

    /// How many calls may be open at once, beside all else.
    public static var room: Int? { limit.map { max(1, $0 - reserve(below: $0)) } }

    /// What is short when this program may not open as many files as so many calls take; nil when nothing is.
    ///
    /// - Parameter files: that each call takes.
    public static func shortage(of calls: Int, filesEach files: Int) -> String? {
        guard let limit, let room, calls * files > room else { return nil }
        return
            "\(calls) workers may be asked for, and a call takes \(files) of the \(limit) files that this program may open: no "
            + "more than about \(room / files) of their calls run at a time; raise `ulimit -n`"
    }

    /// Raises the limit of this program as far as it may itself.
    public static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < 65_536 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        // macOS takes no more than OPEN_MAX here; the old limit then stays.
        _ = setrlimit(resource, &limit)
    }

    /// Whether `descriptor`, the lowest that was free, is one of the reserve, or of the half of it that is left to what is
    /// no call.
    static func isReserved(_ descriptor: Int32, fromHalf: Bool = false) -> Bool {
        guard let limit else { return false }
        return Int(descriptor) >= limit - reserve(below: limit) / (fromHalf ? 2 : 1)
    }

    /// Whether a call could still open a file.
    static var hasRoom: Bool {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return !isReserved(descriptor)
    }

    /// A limit that is small itself keeps a quarter.
    private static func reserve(below limit: Int) -> Int { min(reserve, limit / 4) }

    #if os(Linux)
        private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
        private static var resource: Int32 { RLIMIT_NOFILE }
    #endif
}
