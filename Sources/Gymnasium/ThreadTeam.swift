import Dispatch
import Foundation
import Synchronization

/// Threads that share a loop with the thread that asks for it. They wait for work all their life, outside Swift's
/// cooperative pool, which must not be held up.
public final class ThreadTeam: @unchecked Sendable {
    /// One thread for each further processor.
    public static let shared = ThreadTeam(threads: ProcessInfo.processInfo.activeProcessorCount)

    private let helpers: [DispatchSemaphore]
    private let finished = DispatchSemaphore(value: 0)
    private let isBusy = Atomic(false)
    private let next = Atomic(0)
    // Written before the helpers are woken, read by them after.
    private var end = 0
    private var grain = 1
    private var loop: ((Int) -> Void)?
    private var isEnding = false

    /// That work on a loop, the asking one included.
    public var threads: Int { helpers.count + 1 }

    /// - Parameter threads: that work on a loop, the asking one included; 1 or more.
    public init(threads: Int) {
        helpers = (1..<max(threads, 1)).map { _ in DispatchSemaphore(value: 0) }
        for (index, signal) in helpers.enumerated() {
            // The thread must not keep the team, or neither would ever end.
            let thread = Thread { [weak self, finished] in
                while true {
                    signal.wait()
                    guard let team = self, !team.isEnding else { return }
                    team.work()
                    finished.signal()
                }
            }
            thread.name = "team-\(index + 1)"
            thread.start()
        }
    }

    deinit {
        isEnding = true
        for helper in helpers { helper.signal() }
    }

    /// Calls `body` once with each of `indices`, on several threads at once; returns when all calls have. When the team is
    /// busy with another loop, all calls are made here.
    ///
    /// - Parameter grain: calls that a thread takes at once; nil: an eighth of its share.
    public func forEach(in indices: Range<Int>, grain: Int? = nil, _ body: (Int) -> Void) {
        guard indices.count > 1, !helpers.isEmpty,
            isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        else {
            for index in indices { body(index) }
            return
        }
        defer { isBusy.store(false, ordering: .releasing) }
        withoutActuallyEscaping(body) { body in
            loop = body
            end = indices.upperBound
            // Small enough to share evenly, large enough that taking one costs nothing.
            self.grain = grain ?? max(1, indices.count / (8 * (helpers.count + 1)))
            next.store(indices.lowerBound, ordering: .releasing)
            for helper in helpers { helper.signal() }
            work()
            for _ in helpers { finished.wait() }
            loop = nil
        }
    }

    private func work() {
        guard let loop else { return }
        while true {
            let first = next.wrappingAdd(grain, ordering: .relaxed).oldValue
            guard first < end else { return }
            for index in first..<min(first + grain, end) { loop(index) }
        }
    }
}
