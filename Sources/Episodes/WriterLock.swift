import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The right to write to an episode file, which one store at a time has.
///
/// SQLite lets several connections write to one file in turns, but versions before 3.51.3 may lose committed pages when two
/// of them write and fold their log at once. So the file `FILE-writer` beside it is locked, and says who has it. The
/// system frees the lock with its process, however that ends: what a dead one left is no obstacle.
final class WriterLock: Sendable {
    /// The file that is locked.
    private let path: String
    /// nil when it is given back.
    private let descriptor: Mutex<Int32?>

    /// - Parameters:
    ///   - path: of the episode file. Its symbolic links are followed, so that a file of two names has one lock.
    ///   - holder: who this is, for whoever is refused: `faasfarm serve at tcp://127.0.0.1:5555`.
    /// - Throws: ``EpisodeStoreError/beingWritten(path:by:)`` when another store has it.
    init(_ path: String, holder: String) throws(EpisodeStoreError) {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        self.path = target + "-writer"
        descriptor = Mutex(try WriterLock.lock(self.path, of: path))
        describe(holder)
    }

    deinit { release() }

    /// Says anew who has it.
    func describe(_ holder: String) {
        let text = "\(holder), process \(getpid()), since \(EpisodeText.clock(Date())) UTC\n"
        descriptor.withLock { descriptor in
            guard let descriptor else { return }
            // Nothing depends on the text, so a full disk may keep it.
            _ = ftruncate(descriptor, 0)
            _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
        }
    }

    /// Gives it back, once. The file goes before its descriptor is closed, so that nobody locks one that is about to go.
    func release() {
        guard let descriptor = descriptor.withLock({ $0.take() }) else { return }
        unlink(path)
        close(descriptor)
    }

    private static func lock(_ lockPath: String, of path: String) throws(EpisodeStoreError) -> Int32 {
        // The holder takes the file away when it is done; a file that went meanwhile is opened again.
        for _ in 0..<100 {
            let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                let reason = String(cString: strerror(errno))
                throw errno == EACCES || errno == EROFS
                    ? .notWritable(path: path) : .cannotOpen(path: path, reason: "\(lockPath): \(reason)")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                defer { close(descriptor) }
                if code == EINTR { continue }
                guard code == EWOULDBLOCK else {
                    throw .cannotOpen(
                        path: path, reason: "\(lockPath) can not be locked: \(String(cString: strerror(code)))")
                }
                throw .beingWritten(path: path, by: holder(descriptor))
            }
            var (mine, there) = (stat(), stat())
            if fstat(descriptor, &mine) == 0, stat(lockPath, &there) == 0, mine.st_ino == there.st_ino,
                mine.st_dev == there.st_dev
            {
                return descriptor
            }
            close(descriptor)
        }
        throw .cannotOpen(path: path, reason: "\(lockPath) is made and removed all the time")
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let line = text.prefix { $0 != "\n" }
        return line.isEmpty ? "a process that has just begun" : String(line)
    }
}
