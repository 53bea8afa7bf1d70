import CCurl
import GRDB
import ZeroMQ

/// The libraries of the system that the daemon runs with.
enum LibraryChecks {
    static func run() -> [Finding] {
        [zeroMQ(), curl(), sqlite()]
    }

    private static func zeroMQ() -> Finding {
        let missing = ["curve", "ipc"].filter { !ZeroMQLibrary.has($0) }
        guard missing.isEmpty else {
            return .fail(
                "libzmq",
                "\(ZeroMQLibrary.version) was built without \(missing.joined(separator: " and ")); install one that "
                    + "has it (Debian: libzmq5, macOS: brew install zeromq)")
        }
        return .ok("libzmq", "\(ZeroMQLibrary.version) with CURVE and ipc")
    }

    private static func curl() -> Finding {
        guard let info = curl_version_info(CURLVERSION_FIRST)?.pointee, let version = info.version else {
            return .fail("libcurl", "it does not tell its version; install it anew (Debian: libcurl4)")
        }
        guard let tls = info.ssl_version else {
            return .fail(
                "libcurl", "\(String(cString: version)) was built without TLS, so no https:// gateway can be reached")
        }
        return .ok("libcurl", "\(String(cString: version)) with \(String(cString: tls))")
    }

    private static func sqlite() -> Finding {
        do {
            let version = try DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
            guard let version = version.map(SQLiteVersion.init) else {
                return .warn("SQLite", "it does not tell its version")
            }
            guard version.mayLoseCommits else { return .ok("SQLite", version.text) }
            return .warn(
                "SQLite",
                "\(version.text) has the WAL-reset bug (sqlite.org/wal.html; corrected in 3.51.3, 3.50.7 and 3.44.6): where "
                    + "two connections write or checkpoint one file at the same time, committed pages can be lost. One "
                    + "daemon a recording is safe, and so is reading beside it; let no other program write into the file"
            )
        } catch {
            return .fail("SQLite", "a database in memory cannot be made: \(error)")
        }
    }
}
