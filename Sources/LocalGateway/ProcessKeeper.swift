import CProcess
import Foundation
import Synchronization

/// The thread that starts and reaps all worker processes of this program.
///
/// It is one for the program and never ends: the system kills a child when the thread that started it ends.
final class ProcessKeeper: Sendable {
    private struct Order: Sendable {
        let launch: Launch
        let onExit: @Sendable (Int) -> Void
        let answer: CheckedContinuation<ChildProcess, any Error>
    }

    static let shared = ProcessKeeper()

    private let orders = Mutex<[Order]>([])
    /// A byte in this pipe interrupts the thread's wait; -1 when no pipe could be had.
    private let wakeReading: Int32
    private let wakeWriting: Int32

    private init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
        }
        (wakeReading, wakeWriting) = (ends[0], ends[1])
        let thread = Thread { self.run() }
        thread.name = "processes"
        thread.start()
    }

    /// Starts a program. `onExit` is called on the keeper's thread, once, possibly before this returns.
    ///
    /// - Throws: ``SpawnFailure``.
    func spawn(_ launch: Launch, onExit: @escaping @Sendable (_ code: Int) -> Void) async throws -> ChildProcess {
        try await withCheckedThrowingContinuation { continuation in
            orders.withLock { $0.append(Order(launch: launch, onExit: onExit, answer: continuation)) }
            wake()
        }
    }

    /// Makes the thread look at its children's limits again.
    func wake() {
        var byte: UInt8 = 0
        // A full pipe has woken the thread already.
        _ = write(wakeWriting, &byte, 1)
    }

    private func run() {
        var children: [ChildProcess] = []
        while true {
            for order in orders.withLock({ exchange(&$0, with: []) }) {
                if let child = Self.start(order) { children.append(child) }
            }

            var requests = [pollfd(fd: wakeReading, events: Int16(POLLIN), revents: 0)]
            requests += children.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            poll(&requests, nfds_t(requests.count), waitingTime(children))
            if wakeReading >= 0 {
                var bytes = [UInt8](repeating: 0, count: 256)
                while read(wakeReading, &bytes, bytes.count) == bytes.count {}
            }

            let now = ContinuousClock.now
            var left: [ChildProcess] = []
            for (child, request) in zip(children, requests.dropFirst()) {
                if child.descriptor < 0 || request.revents != 0, child.reapIfEnded() { continue }
                child.killIfDue(at: now)
                left.append(child)
            }
            children = left
        }
    }

    /// Milliseconds, -1 for ever.
    private func waitingTime(_ children: [ChildProcess]) -> Int32 {
        var limits: [Double] = []
        if wakeReading < 0 || children.contains(where: { $0.descriptor < 0 }) { limits.append(20) }
        if let first = children.lazy.compactMap(\.killTime).min() {
            limits.append(max(0, (first - .now) / .milliseconds(1)).rounded(.up))
        }
        return limits.min().map { Int32(min($0, 60_000)) } ?? -1
    }

    private static func start(_ order: Order) -> ChildProcess? {
        let arguments = CStrings(order.launch.arguments)
        let environment = CStrings(order.launch.environment.map { "\($0.key)=\($0.value)" })
        // Standard output is the gateway's own to be read by programs; what workers say goes to standard error.
        let (pid, code) = withExtendedLifetime((arguments, environment)) {
            (faasfarm_spawn(order.launch.path, arguments.pointers, environment.pointers, STDERR_FILENO), errno)
        }
        guard pid > 0 else {
            order.answer.resume(
                throwing: SpawnFailure("cannot start \(order.launch.path): \(String(cString: strerror(code)))"))
            return nil
        }
        let child = ChildProcess(pid: pid, descriptor: faasfarm_process_descriptor(pid), onExit: order.onExit)
        order.answer.resume(returning: child)
        return child
    }
}

/// Why a program did not start.
struct SpawnFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A null-terminated array of C strings, which lives as long as this.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { (pointers + index).initialize(to: strdup(string)) }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
