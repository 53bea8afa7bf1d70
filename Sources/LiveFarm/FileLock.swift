import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A lock of a file that ends with its process, `kill -9` included, or with this object.
final class FileLock: Sendable {
    enum Refusal: Error {
        /// By this process, as far as it says.
        case taken(Int32?)
        case refused(String)
    }

    private let descriptor: Int32
    private let path: String

    private init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        // While it is still ours, so that nobody has locked a file that is no longer there.
        unlink(path)
        close(descriptor)
    }

    /// Takes the lock without waiting.
    static func take(_ path: String) -> Result<FileLock, Refusal> {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return .failure(.refused(String(cString: strerror(errno)))) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let reason = errno
                defer { close(descriptor) }
                guard reason == EWOULDBLOCK else { return .failure(.refused(String(cString: strerror(reason)))) }
                let text = try? String(contentsOfFile: path, encoding: .utf8)
                return .failure(.taken(text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }))
            }
            // Its last owner may have removed it between our opening and our locking.
            var (ours, there) = (stat(), stat())
            guard fstat(descriptor, &ours) == 0, stat(path, &there) == 0, ours.st_ino == there.st_ino else {
                close(descriptor)
                continue
            }
            let text = Array("\(getpid())\n".utf8)
            _ = ftruncate(descriptor, 0)
            _ = pwrite(descriptor, text, text.count, 0)
            return .success(FileLock(descriptor, path))
        }
    }
}
