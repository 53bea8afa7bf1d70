import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A lock of a file, which one process at a time has, and one object in it. The file says who.
///
/// The system frees the lock with its process, `kill -9` included: a file that a dead one left is no obstacle. It is
/// advisory: those who do not ask for it are not held up.
///
///     let lock = try FileLock("/tmp/mine.lock", saying: "process \(getpid())")
///     defer { lock.release() }
public final class FileLock: Sendable {
    public enum Refusal: Error, Sendable, Hashable {
        /// Somebody has it; the first line of what they say, empty when they have not said anything yet.
        case held(by: String)
        /// The file cannot be made or locked, with the system's number (`errno`).
        case failed(Int32)
    }

    private let path: String
    /// nil when it is given back.
    private let descriptor: Mutex<Int32?>

    /// Takes the lock without waiting.
    ///
    /// - Parameters:
    ///   - path: of the file, which is made, and removed when the lock is given back.
    ///   - text: who has it, for whoever is refused; a line.
    ///   - mode: the file's permissions, as for `open`.
    public init(_ path: String, saying text: String, mode: UInt16 = 0o600) throws(Refusal) {
        self.path = path
        descriptor = Mutex(try FileLock.take(path, mode))
        say(text)
    }

    deinit { release() }

    /// Says anew who has it. Nothing depends on the text, so a full disk may keep it.
    public func say(_ text: String) {
        let line = Array((text + "\n").utf8)
        descriptor.withLock { descriptor in
            guard let descriptor else { return }
            _ = ftruncate(descriptor, 0)
            _ = pwrite(descriptor, line, line.count, 0)
        }
    }

    /// Gives it back, once. The file goes before its descriptor is closed, so that nobody locks one that is about to go.
    public func release() {
        guard let descriptor = descriptor.withLock({ $0.take() }) else { return }
        unlink(path)
        close(descriptor)
    }

    private static func take(_ path: String, _ mode: UInt16) throws(Refusal) -> Int32 {
        // The holder removes the file when it is done; one that went between opening and locking is opened again.
        for _ in 0..<100 {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode_t(mode))
            guard descriptor >= 0 else { throw .failed(errno) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                defer { close(descriptor) }
                if code == EINTR { continue }
                throw code == EWOULDBLOCK ? .held(by: firstLine(of: descriptor)) : .failed(code)
            }
            var (mine, there) = (stat(), stat())
            if fstat(descriptor, &mine) == 0, stat(path, &there) == 0, mine.st_ino == there.st_ino,
                mine.st_dev == there.st_dev
            {
                return descriptor
            }
            close(descriptor)
        }
        // It is made and removed all the time.
        throw .failed(EBUSY)
    }

    private static func firstLine(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).prefix { $0 != "\n" })
    }
}
