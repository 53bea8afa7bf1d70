import Synchronization
import ZeroMQ

/// Where other threads leave word for the loop's.
final class Inbox: Sendable {
    struct Contents: Sendable {
        var reports: [Crew.Report] = []
        var isStopping = false
    }

    private let contents = Mutex(Contents())
    /// Wakes the loop while jobs run.
    let wake: WakeSignal
    /// Wakes it while none does.
    private let doorbell = Mutex<Doorbell?>(nil)

    /// - Throws: when the process has no descriptors left.
    init() throws(ZeroMQError) {
        wake = try WakeSignal()
    }

    /// A job has ended.
    func put(_ report: Crew.Report) {
        contents.withLock { $0.reports.append(report) }
        wake.signal()
    }

    /// The server is to stop.
    func stop() {
        contents.withLock { $0.isStopping = true }
        wake.signal()
        doorbell.withLock { $0?.ring() }
    }

    /// - Parameter bell: nil while nobody listens to it.
    func hang(_ bell: Doorbell?) { doorbell.withLock { $0 = bell } }

    /// What has come since it was asked last.
    func take() -> Contents {
        contents.withLock { contents in
            defer { contents.reports = [] }
            return contents
        }
    }
}
