import Farm
import Testing

@testable import LiveFarm
@testable import OpenFaaSWorkers

@Suite("Calls in a gateway's queue")
struct QueueLineTests {
    private let begin = ContinuousClock.now

    private func call(_ number: Int, at seconds: Double = 0) -> QueueLine.Call {
        let call = TaskCall(id: "\(number)", timeout: .seconds(1))
        let attempt = TaskAttempt(number: number, episode: 1, ticket: 0, unit: 0, worker: "w", call: call)
        return .init(attempt: attempt, handedOver: begin + .seconds(seconds))
    }

    @Test("The oldest run, as many as the queue runs at a time, and each begins once")
    func order() {
        var line = QueueLine()
        for number in [1, 2, 3] { line.handOver(call(number)) }
        let first = line.start(2, at: begin).map(\.number)
        #expect(first == [1, 2])
        let again = line.start(2, at: begin).map(\.number)
        #expect(again.isEmpty)
        let gone = line.remove(1)
        #expect(gone?.running == begin && line.count == 2)
        let next = line.start(2, at: begin + .seconds(1)).map(\.number)
        #expect(next == [3])
        let unknown = line.remove(9)
        #expect(unknown == nil)
    }

    @Test("Calls that change places on their way cost each other no time, and a lost one is given up all the same")
    func overtaking() {
        var line = QueueLine()
        for number in [1, 2, 3] { line.handOver(call(number)) }
        _ = line.start(1, at: begin)
        // The second was first after all.
        let second = line.remove(2)
        #expect(second?.running == nil)
        line.overtake(at: begin + .seconds(4))
        #expect(line.nextEnd(.seconds(5)) == begin + .seconds(9))
        let third = line.remove(3)
        #expect(third?.running == nil)
        line.overtake(at: begin + .seconds(8))
        #expect(line.nextEnd(.seconds(5)) == begin + .seconds(9))
    }

    @Test("A limit counts from when a call can be running")
    func limits() {
        var line = QueueLine()
        line.handOver(call(1))
        line.handOver(call(2))
        #expect(line.nextEnd(.seconds(5)) == nil)
        _ = line.start(1, at: begin + .seconds(1))
        #expect(line.nextEnd(.seconds(5)) == begin + .seconds(6))
        #expect(line.overdue(.seconds(5), at: begin + .seconds(5)).isEmpty)
        #expect(line.overdue(.seconds(5), at: begin + .seconds(7)) == [1])
    }

    @Test("What calls had to wait for others is added to the limit, and forgotten little by little")
    func foreignCalls() {
        var line = QueueLine()
        line.handOver(call(1))
        _ = line.start(1, at: begin)
        // It came after 30 s, of which it ran 2.
        let given = line.remove(1, isGivenUp: true)
        #expect(given != nil)
        let late = line.recover(1)
        let second = line.recover(1)
        #expect(late?.number == 1 && second == nil)
        if let late { line.learn(late, ran: .seconds(2), until: begin + .seconds(30)) }
        #expect(line.foreign == .seconds(28))
        line.handOver(call(2, at: 40))
        _ = line.start(1, at: begin + .seconds(40))
        #expect(line.nextEnd(.seconds(5)) == begin + .seconds(73))
        if let call = line.calls.first { line.learn(call, ran: .seconds(1), until: begin + .seconds(41)) }
        #expect(line.foreign < .seconds(26) && line.foreign > .seconds(25))
    }
}
