import Testing

@testable import Sessions

@Suite("Steps in two halves")
struct TicketTests {
    private var fixture: Fixture = {
        var fixture = Fixture()
        _ = fixture.call(.reset)
        return fixture
    }()

    @Test("A send is answered with its ticket before its step runs; a recv, before the end or after, with the result")
    mutating func halves() {
        #expect(fixture.send(.send).answers == [.ticket(1)])
        #expect(fixture.send(.recv(ticket: 1)) == [])
        #expect(fixture.end(.success(isOver: false)).answers == [.received])
        let sent = fixture.send(.send)
        #expect(sent.answers == [.ticket(2)] && sent.last == .call(fixture.key))
        #expect(fixture.end(.success(isOver: true)) == [.hold(fixture.key)])
        #expect(fixture.state() == "done")
        #expect(fixture.send(.recv(ticket: 2)).answers == [.held(fixture.key)])
    }

    @Test("While the result is there and not received, steps and sends wait, with their ids; a render does not")
    mutating func unreceived() {
        _ = fixture.call(.send)
        for kind in [SessionRequest.Kind.step, .send] {
            let refused = fixture.send(kind)
            #expect(refused.answers == [.refused(.unreceived(ticket: 1))] && refused.isAnswerKept == false)
        }
        #expect(fixture.send(.render) == [.call(fixture.key)])
        _ = fixture.end(.success(isOver: false))
        #expect(fixture.send(.recv(ticket: 1)).answers == [.held(fixture.key)])
        #expect(fixture.send(.step) == [.call(fixture.key)])
    }

    @Test("A reset drops the result; one that the session refuses changes nothing")
    mutating func reset() {
        _ = fixture.call(.send)
        _ = fixture.call(.reset, .refused)
        #expect(fixture.send(.step).answers == [.refused(.unreceived(ticket: 1))])
        for end in [CallEnd.success(isOver: false), .failed] {
            var fixture = fixture
            _ = fixture.call(.reset, end)
            #expect(fixture.send(.recv(ticket: 1)).answers == [.refused(.noTicket(1, open: nil))])
        }
    }

    @Test("A recv with another ticket says which one is open, and uses its id up")
    mutating func another() {
        #expect(fixture.send(.recv(ticket: 1)).answers == [.refused(.noTicket(1, open: nil))])
        _ = fixture.send(.send)
        let refused = fixture.send(.recv(ticket: 9))
        #expect(refused.answers == [.refused(.noTicket(9, open: 1))] && refused.isAnswerKept == true)
        _ = fixture.end(.success(isOver: false))
        #expect(fixture.send(.recv(ticket: 9)).answers == [.refused(.noTicket(9, open: 1))])
    }

    @Test("Of several recvs the newest is answered, under its own id")
    mutating func newest() {
        _ = fixture.send(.send, id: 2)
        _ = fixture.send(.recv(ticket: 1), id: 3)
        _ = fixture.send(.recv(ticket: 1), id: 0, from: 5)
        _ = fixture.send(.recv(ticket: 1), id: 3, from: 7)
        guard case .answer(let answer)? = fixture.end(.success(isOver: false)).first else {
            Issue.record("no recv was answered")
            return
        }
        #expect(answer.to == Fixture.address(7) && answer.requestID == 3)
        #expect(
            fixture.send(.recv(ticket: 1), id: 3)
                == [.resend(Fixture.bytes("received", 3), to: Fixture.address(1))])
    }

    @Test("A send in a state in which a step is refused gives no ticket")
    mutating func refused() {
        _ = fixture.call(.step, .failed)
        #expect(fixture.send(.send).answers == [.refused(.resetNeeded(.send, .done))])
        _ = fixture.call(.reset)
        #expect(fixture.send(.send).answers == [.ticket(1)])
    }

    @Test("A close cuts the step short, and so its recv")
    mutating func close() {
        _ = fixture.send(.send)
        _ = fixture.send(.recv(ticket: 1))
        #expect(fixture.send(.close) == [.cancel(fixture.key)])
        let ended = fixture.end(.cancelled)
        #expect(ended.answers == [.refused(.cutShort)] && ended.last == .close(fixture.key))
        #expect(fixture.closed().answers == [.closed(steps: 0, episodes: 1)])
    }

    @Test("A reply that a step has written is kept for the step only, not for a later recv")
    mutating func written() {
        _ = fixture.send(.step, id: 2)
        let refused = Fixture.bytes("\(fixture.send(.recv(ticket: 4), id: 3).answers[0])", 3)
        _ = fixture.end(.success(isOver: false), isWritten: true)
        #expect(fixture.send(.recv(ticket: 4), id: 3) == [.resend(refused, to: Fixture.address(1))])
    }
}
