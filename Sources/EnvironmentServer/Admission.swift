import Foundation
import Logging
import Synchronization
import ZeroMQ

/// The thread that says which clients are let in, and logs who is not and why.
///
/// It is not the loop's, which may be busy: libzmq's own thread waits for both answers.
final class Admission: Sendable {
    /// For ``ZeroMQSocket/startHandshakeMonitor(_:)`` of the server's socket.
    let monitorName: String
    private let wake: WakeSignal
    private let isStopping = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    /// The thread is ready when this returns, so that the server's socket may bind.
    ///
    /// - Parameter curve: nil lets everybody in.
    /// - Throws: ``ZeroMQError`` when the process has no descriptors left.
    init(in context: ZeroMQContext, curve: CurveConfiguration?, logger: Logger) throws(ZeroMQError) {
        wake = try WakeSignal()
        // Made here, where errors can be thrown, and used by the thread only.
        let monitor = try HandshakeMonitor(in: context)
        let authenticator: CurveAuthenticator? = if curve != nil { try CurveAuthenticator(in: context) } else { nil }
        monitorName = monitor.name
        let sockets = Handover((monitor, authenticator))
        let thread = Thread { [self] in
            if let (monitor, authenticator) = sockets.take() { serve(monitor, authenticator, curve, logger) }
            ended.signal()
        }
        thread.name = "admission"
        thread.start()
    }

    /// Ends the thread, once the server's socket is closed and its monitor ended. Returns when it has released its
    /// sockets. To be called once.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        wake.signal()
        ended.wait()
    }

    private func serve(
        _ monitor: HandshakeMonitor, _ authenticator: CurveAuthenticator?, _ curve: CurveConfiguration?,
        _ logger: Logger
    ) {
        var log = AdmissionLog(serverKey: curve?.serverKey.publicKey)
        let sockets = [monitor.socket] + (authenticator.map { [$0.socket] } ?? [])
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            authenticator?.answerAll { applicant in
                if curve?.admits(applicant.key) == true { return true }
                if let line = log.refused(applicant) { logger.warning("\(line)") }
                return false
            }
            while let event = monitor.next() {
                guard case .failed(let failure) = event, let line = log.failed(failure, at: .now) else { continue }
                logger.warning("\(line)")
            }
            ZeroMQSocket.wait(on: sockets, orFor: wake, milliseconds: -1)
        }
    }
}

/// Passes something to a thread, which takes it out, so that nothing else keeps it alive.
private final class Handover<Content>: @unchecked Sendable {
    // Unchecked, because the giver does not touch the content after the thread has started.
    private var content: Content?

    init(_ content: Content) {
        self.content = content
    }

    func take() -> Content? { content.take() }
}
