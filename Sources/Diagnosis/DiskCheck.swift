import Episodes
import Foundation

/// Whether episodes can be recorded into a file.
struct DiskCheck {
    /// An hour of a live farm takes a few megabytes, a day of simulated training a few hundred.
    static let leastBytes = 200 << 20

    /// nil when nothing is to be recorded.
    let path: String?

    func run() -> Finding {
        let check = "recording"
        guard let path else { return .skip(check, "say which file with --record") }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if FileManager.default.fileExists(atPath: path) {
            let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber
            // An empty file is as good as none.
            do {
                if size != 0 { _ = try EpisodeStore(path: path, mode: .read) }
            } catch {
                return .fail(check, "\(error)")
            }
            guard access(path, W_OK) == 0 else {
                return .fail(check, "\(path) may not be written by this user; change its mode, or choose another file")
            }
        }
        if let reason = refusal(of: folder) {
            return .fail(
                check, "nothing can be written in \(folder): \(reason); make the folder, or choose another one")
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue else {
            return .ok(check, "\(folder) can be written; how much is free there is not known")
        }
        guard free >= Self.leastBytes else {
            return .fail(
                check,
                "\(free >> 20) MiB are free in \(folder), and \(Self.leastBytes >> 20) are the least to begin "
                    + "with; make room"
            )
        }
        return .ok(check, "\(path) can be written; \(free >> 20) MiB are free there")
    }

    /// Why a file cannot be made in `folder`; nil when it can. SQLite needs files beside its own.
    private func refusal(of folder: String) -> String? {
        let probe = folder + "/.faasfarm-doctor-\(UUID().uuidString)"
        let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer {
            close(descriptor)
            unlink(probe)
        }
        let block = [UInt8](repeating: 1, count: 4_096)
        guard write(descriptor, block, block.count) == block.count, fsync(descriptor) == 0 else {
            return String(cString: strerror(errno))
        }
        return nil
    }
}
