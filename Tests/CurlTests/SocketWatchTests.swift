import Foundation
import Testing

@testable import Curl

@Suite("The socket watch")
struct SocketWatchTests {
    /// Two ends of a connection.
    private func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        #if os(Linux)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private func events(of watch: SocketWatch, within milliseconds: Int32) -> [Int32: SocketWatch.Event] {
        var seen: [Int32: SocketWatch.Event] = [:]
        watch.wait(milliseconds: milliseconds) { seen[$0] = $1 }
        return seen
    }

    @Test("tells what a socket is ready for, and nothing of one that is forgotten")
    func readiness() throws {
        let watch = try #require(SocketWatch())
        let (near, far) = try pair()
        defer {
            close(near)
            close(far)
        }
        watch.watch(near, for: .reading)
        #expect(events(of: watch, within: 0).isEmpty)
        #expect(write(far, "x", 1) == 1)
        #expect(events(of: watch, within: 5_000) == [near: .reading])
        // What is asked for last counts.
        watch.watch(near, for: .writing)
        #expect(events(of: watch, within: 5_000) == [near: .writing])
        watch.watch(near, for: [.reading, .writing])
        #expect(events(of: watch, within: 5_000) == [near: [.reading, .writing]])
        watch.unwatch(near)
        watch.unwatch(near)
        #expect(events(of: watch, within: 0).isEmpty)
    }

    @Test("is woken from another thread, before or while it waits, and by each wake once", .timeLimit(.minutes(1)))
    func waking() throws {
        let watch = try #require(SocketWatch())
        watch.wake()
        watch.wake()
        let start = ContinuousClock.now
        #expect(events(of: watch, within: 30_000).isEmpty)
        let waker = Thread { watch.wake() }
        waker.start()
        #expect(events(of: watch, within: 30_000).isEmpty)
        #expect(ContinuousClock.now - start < .seconds(20))
        // Nothing is left of the wakes.
        #expect(events(of: watch, within: 50).isEmpty)
        #expect(ContinuousClock.now - start >= .milliseconds(50))
    }
}
