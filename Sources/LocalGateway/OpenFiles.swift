import Foundation

/// The limit of open files, which a call needs two of.
enum OpenFiles {
    /// Raises the limit of this program as far as it may itself.
    static func raiseLimit() {
        var limit = rlimit()
        #if os(Linux)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < 65_536 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        // macOS takes no more than OPEN_MAX here; the old limit then stays.
        _ = setrlimit(resource, &limit)
    }
}
