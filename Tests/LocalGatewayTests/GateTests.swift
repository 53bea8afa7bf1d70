import Synchronization
import Testing

@testable import LocalGateway

@Suite("A gate")
struct GateTests {
    private final class Count: Sendable {
        let state = Mutex((inside: 0, most: 0, through: 0))
    }

    @Test("never has more inside than places, and lets all through")
    func bound() async {
        let gate = Gate(3)
        let count = Count()
        await withDiscardingTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    await gate.enter()
                    count.state.withLock {
                        $0.inside += 1
                        $0.most = max($0.most, $0.inside)
                    }
                    await Task.yield()
                    count.state.withLock {
                        $0.inside -= 1
                        $0.through += 1
                    }
                    gate.leave()
                }
            }
        }
        let end = count.state.withLock { $0 }
        #expect(end.through == 200)
        #expect(end.most <= 3 && end.most > 0)
        #expect(end.inside == 0)
    }

    @Test("takes a place back by itself after its limit, and only once")
    func limit() async {
        let gate = Gate(1)
        let release = await gate.place(atMost: .milliseconds(20))
        // Waits until the first place has run out.
        let second = await gate.place(atMost: .seconds(60))
        release()
        release()
        let third = Task {
            await gate.enter()
            return true
        }
        second()
        let isThrough = await third.value
        #expect(isThrough)
    }
}
