import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A process, told apart from a later one that was given the same number.
///
/// The question it answers is whether the writer of a running episode is still there. Numbers are those of one machine and
/// one container: processes of two containers that write to one file do not see each other.
struct ProcessIdentity: Sendable, Hashable {
    let pid: Int32
    /// When the process started, in the system's own words (Linux: boot id and clock ticks since boot).
    let started: String

    /// This very process.
    static let current = ProcessIdentity(pid: getpid(), started: state(of: getpid())?.started ?? "unknown")

    /// Whether this process still runs. A zombie does not: it writes nothing any more.
    var isAlive: Bool {
        if let state = ProcessIdentity.state(of: pid) { return state.runs && state.started == started }
        // Where the system hides other users' processes, a live daemon's episodes are better left alone.
        return kill(pid, 0) == 0 || errno == EPERM
    }

    #if canImport(Darwin)
        private static func state(of pid: Int32) -> (started: String, runs: Bool)? {
            var info = proc_bsdinfo()
            let size = Int32(MemoryLayout<proc_bsdinfo>.size)
            guard proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, size) == size else { return nil }
            return ("\(info.pbi_start_tvsec).\(info.pbi_start_tvusec)", info.pbi_status != UInt32(SZOMB))
        }
    #else
        private static let boot: String =
            (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""

        private static func state(of pid: Int32) -> (started: String, runs: Bool)? {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
            // The name before the last parenthesis may hold anything. After it: field 3 is the state, field 22 the start.
            guard let end = stat.lastIndex(of: ")") else { return nil }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 19 else { return nil }
            return ("\(boot)/\(fields[19])", !["Z", "X", "x"].contains(fields[0]))
        }
    #endif
}
