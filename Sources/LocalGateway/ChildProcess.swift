import CProcess
import Foundation
import Synchronization

/// A running program, leader of a process group of its own.
final class ChildProcess: Sendable {
    private struct State {
        var isReaped = false
        var killAt: ContinuousClock.Instant?
    }

    let pid: pid_t
    /// Readable once the process has ended; -1 where the system has no such thing.
    let descriptor: Int32
    private let state = Mutex(State())
    private let onExit: @Sendable (_ code: Int) -> Void

    init(pid: pid_t, descriptor: Int32, onExit: @escaping @Sendable (_ code: Int) -> Void) {
        self.pid = pid
        self.descriptor = descriptor
        self.onExit = onExit
    }

    /// Sends `number` to the whole group; does nothing once the process was reaped.
    func signal(_ number: Int32) {
        // Locked against reaping, after which the number may be another process's.
        state.withLock { state in
            if !state.isReaped { kill(-pid, number) }
        }
    }

    /// Sends SIGTERM, and lets the keeper send SIGKILL after `grace`.
    func terminate(grace: Duration) {
        state.withLock { state in
            guard !state.isReaped else { return }
            state.killAt = .now + grace
            kill(-pid, SIGTERM)
        }
        ProcessKeeper.shared.wake()
    }

    /// When SIGKILL is due. For the keeper's thread.
    var killTime: ContinuousClock.Instant? { state.withLock { $0.killAt } }

    /// Sends SIGKILL when it is due. For the keeper's thread.
    func killIfDue(at now: ContinuousClock.Instant) {
        state.withLock { state in
            guard let killAt = state.killAt, killAt <= now, !state.isReaped else { return }
            state.killAt = nil
            kill(-pid, SIGKILL)
        }
    }

    /// Reaps the process if it has ended, with what is left of its group. For the keeper's thread.
    func reapIfEnded() -> Bool {
        let code: Int? = state.withLock { state in
            // A zombie still owns the number, so its group can be told without hitting another one.
            if descriptor >= 0, hasEnded { kill(-pid, SIGKILL) }
            var status: Int32 = 0
            let result = faasfarm_reap(pid, &status)
            guard result != 0 else { return nil }
            state.isReaped = true
            state.killAt = nil
            return result == 1 ? Int(faasfarm_exit_code(status)) : -1
        }
        guard let code else { return false }
        if descriptor >= 0 { close(descriptor) }
        onExit(code)
        return true
    }

    /// The exit code of a process that SIGKILL has ended.
    static let killedCode = 128 + Int(SIGKILL)

    /// Whether it has ended and waits to be reaped, which is a moment's matter.
    var isEnding: Bool { state.withLock { !$0.isReaped && descriptor >= 0 && hasEnded } }

    private var hasEnded: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) == 1
    }
}
