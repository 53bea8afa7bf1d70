import Foundation
import GRDB

/// Why episodes could not be stored or read. The description says what was got, what was expected and what to do.
public enum EpisodeStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no such file, and it was opened for reading.
    case missing(path: String)
    /// The file's bytes are not a SQLite database.
    case notADatabase(path: String)
    /// A SQLite database that something else than FaaSFarm made.
    case notEpisodes(path: String)
    /// Written by a later version of FaaSFarm.
    case newerSchema(path: String, version: Int, supported: Int)
    /// Another connection kept the file locked for longer than the busy timeout.
    case locked(path: String, seconds: Double)
    /// Another process, or another part of this one, writes to the file.
    case beingWritten(path: String, by: String)
    /// A reader keeps a transaction open, so that the log beside the file grows.
    case logHeld(path: String, megabytes: Int)
    /// Nothing of the refused write is in the file; what was committed before is.
    case diskFull(path: String)
    /// The system wrote less than it was asked to: a limit on the size of files, a quota, or a failing disk.
    case writeRefused(path: String, code: Int32)
    /// Steps came faster than they could be written.
    case tooSlow(path: String, megabytes: Int)
    /// The file or its folder may not be written to.
    case notWritable(path: String)
    /// The system refused to open the file.
    case cannotOpen(path: String, reason: String)
    /// The file has no episode of that id.
    case noSuchEpisode(id: String, path: String)
    /// Episodes that are to be replayed together have different observation or action spaces.
    case differentSpaces(episode: Int64, other: Int64)
    /// A step, or an end, for an episode that is over or that another process writes.
    case notRunning(episode: String, status: String)
    /// Steps are recorded one after the other, from 1.
    case stepOutOfOrder(episode: String, got: Int, expected: Int)
    /// A row does not hold what it should.
    case damaged(path: String, detail: String)
    /// Whatever else SQLite reports.
    case failed(path: String, detail: String)

    public var description: String {
        switch self {
        case .missing(let path):
            "there is no file \(path); episodes are in the file that `faasfarm serve --record FILE` was given"
        case .notADatabase(let path):
            "\(path) is not a SQLite database, so it holds no episodes; it was left as it is: name another file"
        case .notEpisodes(let path):
            "\(path) is a SQLite database, but not one of FaaSFarm's episodes; it was left as it is: name another file"
        case .newerSchema(let path, let version, let supported):
            "\(path) has episode schema \(version), this program knows schemas up to \(supported); "
                + "it was left as it is: use a newer faasfarm, or another file"
        case .locked(let path, let seconds):
            "\(path) was locked by another program for \(seconds) s; "
                + "close what holds it (a SQLite shell in a transaction, a backup) and try again"
        case .beingWritten(let path, let holder):
            "\(path) is being written by \(holder); one program at a time may: "
                + "stop that one, or name another file (`faasfarm episodes merge` makes one of several later)"
        case .logHeld(let path, let megabytes):
            "\(path)-wal has grown to \(megabytes) MB, because another program keeps a transaction open on \(path) "
                + "(a SQLite shell, a notebook with an unfinished query); close it, and the log is folded into the file"
        case .diskFull(let path):
            "the disk that holds \(path) is full; nothing of this write was kept, everything before it was: "
                + "make room, or record to another disk"
        case .writeRefused(let path, _) where isFolder(path), .cannotOpen(let path, _) where isFolder(path):
            "\(path) is a folder; name a file in it"
        case .writeRefused(let path, let code):
            "the system refused to write to \(path) (SQLite code \(code)): a limit on the size of files (ulimit -f), a quota, "
                + "or a failing disk; what was written before is there"
        case .tooSlow(let path, let megabytes):
            "steps come faster than they can be written to \(path): \(megabytes) MB of them were waiting; "
                + "record fewer sub-environments, to a faster disk, or less info"
        case .notWritable(let path):
            "\(path) can not be written to; check the owner and mode of the file and of its folder "
                + "(SQLite keeps \(path)-wal and \(path)-shm beside it)"
        case .cannotOpen(let path, let reason):
            "\(path) can not be opened (\(reason)); check that its folder exists and may be read and written"
        case .noSuchEpisode(let id, let path):
            "\(path) has no episode \(id); `faasfarm episodes list \(path)` shows those it has"
        case .differentSpaces(let episode, let other):
            "episode \(episode) has other spaces than episode \(other); replay them one by one"
        case .notRunning(let episode, let status):
            "episode \(episode) is \(status), not running under this program; begin a new episode"
        case .stepOutOfOrder(let episode, let got, let expected):
            "episode \(episode) got step \(got), expected step \(expected); nothing was recorded"
        case .damaged(let path, let detail):
            "\(path) is damaged: \(detail); `sqlite3 \(path) .recover` saves what can be read"
        case .failed(let path, let detail):
            "\(path): SQLite reports \(detail)"
        }
    }
}

extension EpisodeStoreError {
    /// - Parameter busySeconds: the busy timeout in force.
    init(_ error: any Error, path: String, busySeconds: Double) {
        if let error = error as? EpisodeStoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            // Everything else that goes wrong with a row is the decoding of its messages.
            self = .damaged(path: path, detail: String(describing: error))
            return
        }
        let detail = error.message ?? String(describing: error.resultCode)
        self =
            switch error.resultCode {
            case .SQLITE_NOTADB: .notADatabase(path: path)
            case .SQLITE_BUSY, .SQLITE_LOCKED: .locked(path: path, seconds: busySeconds)
            case .SQLITE_FULL: .diskFull(path: path)
            case .SQLITE_IOERR: .writeRefused(path: path, code: error.extendedResultCode.rawValue)
            case .SQLITE_READONLY, .SQLITE_PERM: .notWritable(path: path)
            case .SQLITE_CANTOPEN: .cannotOpen(path: path, reason: detail)
            case .SQLITE_CORRUPT: .damaged(path: path, detail: detail)
            default: .failed(path: path, detail: "\(detail) (code \(error.extendedResultCode.rawValue))")
            }
    }
}

private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}
