import Files
import Foundation

/// The right to write to an episode file, which one store at a time has.
///
/// SQLite lets several connections write to one file in turns, but versions before 3.51.3 may lose committed pages when two
/// of them write and fold their log at once. So the file `FILE-writer` beside it is locked, and says who has it.
struct WriterLock {
    private let lock: FileLock

    /// - Parameters:
    ///   - path: of the episode file. Its symbolic links are followed, so that a file of two names has one lock.
    ///   - holder: who this is, for whoever is refused: `faasfarm serve at tcp://127.0.0.1:5555`.
    /// - Throws: ``EpisodeStoreError/beingWritten(path:by:)`` when another store has it.
    init(_ path: String, holder: String) throws(EpisodeStoreError) {
        let lockPath = URL(fileURLWithPath: path).resolvingSymlinksInPath().path + "-writer"
        do {
            lock = try FileLock(lockPath, saying: WriterLock.text(holder), mode: 0o644)
        } catch {
            switch error {
            case .held(let who):
                throw .beingWritten(path: path, by: who.isEmpty ? "a process that has just begun" : who)
            case .failed(EACCES), .failed(EROFS): throw .notWritable(path: path)
            case .failed(let number):
                throw .cannotOpen(
                    path: path, reason: "\(lockPath) cannot be locked: \(String(cString: strerror(number)))")
            }
        }
    }

    /// Says anew who has it.
    func describe(_ holder: String) { lock.say(WriterLock.text(holder)) }

    /// Gives it back, once.
    func release() { lock.release() }

    private static func text(_ holder: String) -> String {
        "\(holder), process \(getpid()), since \(EpisodeText.clock(Date())) UTC"
    }
}
