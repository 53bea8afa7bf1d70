import Testing

@testable import LiveFarm

@Suite("Calls in a gateway's queue")
struct QueueLineTests {
    private let begin = ContinuousClock.now

    private func call(_ key: String, at seconds: Double = 0) -> QueueLine.Call {
        .init(
            key: key, ticket: 0, function: 0, episode: 1, handedOver: begin + .seconds(seconds), running: nil)
    }

    @Test("The oldest run, as many as the queue runs at a time, and each begins once")
    func order() {
        var line = QueueLine()
        for key in ["a", "b", "c"] { line.handOver(call(key)) }
        let first = line.start(2, at: begin).map(\.key)
        #expect(first == ["a", "b"])
        let again = line.start(2, at: begin).map(\.key)
        #expect(again.isEmpty)
        let gone = line.remove("a")
        #expect(gone?.running == begin && line.count == 2)
        let next = line.start(2, at: begin + .seconds(1)).map(\.key)
        #expect(next == ["c"])
        let unknown = line.remove("x")
        #expect(unknown == nil)
    }

    @Test("Calls that change places on their way cost each other no time, and a lost one is given up all the same")
    func overtaking() {
        var line = QueueLine()
        for key in ["a", "b", "c"] { line.handOver(call(key)) }
        _ = line.start(1, at: begin)
        // b was first after all.
        let second = line.remove("b")
        #expect(second?.running == nil)
        line.overtake(at: begin + .seconds(4))
        #expect(line.nextEnd(.seconds(5)) == begin + .seconds(9))
        let third = line.remove("c")
        #expect(third?.running == nil)
        line.overtake(at: begin + .seconds(8))
        #expect(line.nextEnd(.seconds(5)) == begin + .seconds(9))
    }

    @Test("A limit counts from when a call can be running")
    func limits() {
        var line = QueueLine()
        line.handOver(call("a"))
        line.handOver(call("b"))
        #expect(line.nextEnd(.seconds(5)) == nil)
        _ = line.start(1, at: begin + .seconds(1))
        #expect(line.nextEnd(.seconds(5)) == begin + .seconds(6))
        #expect(line.overdue(.seconds(5), at: begin + .seconds(5)).isEmpty)
        #expect(line.overdue(.seconds(5), at: begin + .seconds(7)) == ["a"])
    }

    @Test("What calls had to wait for others is added to the limit, and forgotten little by little")
    func foreignCalls() {
        var line = QueueLine()
        line.handOver(call("a"))
        _ = line.start(1, at: begin)
        // It came after 30 s, of which it ran 2.
        let given = line.remove("a", isGivenUp: true)
        #expect(given != nil)
        let late = line.recover("a")
        let second = line.recover("a")
        #expect(late?.key == "a" && second == nil)
        if let late { line.learn(late, ran: .seconds(2), until: begin + .seconds(30)) }
        #expect(line.foreign == .seconds(28))
        line.handOver(call("b", at: 40))
        _ = line.start(1, at: begin + .seconds(40))
        #expect(line.nextEnd(.seconds(5)) == begin + .seconds(73))
        if let call = line.calls.first { line.learn(call, ran: .seconds(1), until: begin + .seconds(41)) }
        #expect(line.foreign < .seconds(26) && line.foreign > .seconds(25))
    }
}
