import Curl

/// Whether the program may open as many files as a farm's calls need: one for each that runs. It has raised its own limit
/// by now, as a daemon does.
struct DescriptorCheck {
    /// Workers of a farm at most; nil: not told.
    let workers: Int?

    func run() -> Finding {
        let check = "descriptors"
        guard let limit = OpenFiles.limit, let room = OpenFiles.room else {
            return .ok(check, "any number of open files is allowed")
        }
        let allowed = "\(limit) open files are allowed at most, enough for the calls of \(room) workers at a time"
        let advice =
            "raise the hard limit before the daemon is started (`ulimit -Hn`, LimitNOFILE of a systemd unit, "
            + "/etc/security/limits.conf)"
        guard let workers else { return room >= 900 ? .ok(check, allowed) : .warn(check, "\(allowed); \(advice)") }
        return workers <= room
            ? .ok(check, "\(allowed); \(workers) are asked for")
            : .fail(check, "\(allowed), and \(workers) are asked for, whose calls will wait for one another: \(advice)")
    }
}
