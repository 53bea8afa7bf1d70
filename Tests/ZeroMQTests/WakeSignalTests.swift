import Foundation
import Testing

@testable import ZeroMQ

@Suite("Waking a thread that waits on a socket")
struct WakeSignalTests {
    /// Far longer than any test takes: whoever waits so long was not woken.
    private static let forever = 600_000

    @Test("A signal from another thread ends a wait")
    func wakes() throws {
        let wake = try WakeSignal()
        let woken = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            guard let router = try? Pair().router else { return }
            for _ in 0..<100 {
                router.wait(orFor: wake, milliseconds: Self.forever)
                woken.signal()
            }
        }
        for _ in 0..<100 {
            // Also when it comes before the wait begins.
            wake.signal()
            #expect(woken.wait(timeout: .now() + 20) == .success)
        }
    }

    @Test("Signals that are not cleared count as one")
    func countAsOne() throws {
        let router = try Pair().router
        let wake = try WakeSignal()
        // More than the pipe holds: a full pipe does not block who signals.
        for _ in 0..<100_000 { wake.signal() }
        #expect(router.receive() == nil)
        router.wait(orFor: wake, milliseconds: Self.forever)
        #expect(router.receive() == nil)
        let begun = ContinuousClock.now
        router.wait(orFor: wake, milliseconds: 50)
        #expect(ContinuousClock.now - begun >= .milliseconds(45))
        wake.signal()
        router.wait(orFor: wake, milliseconds: Self.forever)
    }

    @Test("A message ends the wait too")
    func message() throws {
        let pair = try Pair()
        let client = try pair.peer(.request)
        let wake = try WakeSignal()
        #expect(client.send([Data([1])]))
        pair.router.wait(orFor: wake, milliseconds: Self.forever)
        #expect(try pair.router.next().last == Data([1]))
    }

    @Test("Its descriptors are not inherited by programs that this one starts")
    func closeOnExec() throws {
        let wake = try WakeSignal()
        #expect(fcntl(wake.readDescriptor, F_GETFD) & FD_CLOEXEC != 0)
    }
}
