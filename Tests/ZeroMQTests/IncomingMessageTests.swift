import Foundation
import Testing

@testable import ZeroMQ

@Suite("Messages that are read in place")
struct IncomingMessageTests {
    @Test("One room takes messages of any length, one after the other, with the frames before them")
    func reused() throws {
        let pair = try Pair()
        let client = try pair.peer(.dealer)
        let message = IncomingMessage()
        for length in [0, 1, 40, 100_000, 3] {
            #expect(client.send([Data([7]), Data(repeating: UInt8(length % 251), count: length)]))
            #expect(pair.router.receive(message, milliseconds: 20_000))
            // The first one is the sender's name.
            #expect(message.envelope.count == 2)
            #expect(message.envelope[1] == Data([7]))
            #expect(message.payload.count == length)
            #expect(message.payload.allSatisfy { $0 == UInt8(length % 251) })
        }
    }

    @Test("Without a message, a receive returns at once or after its time")
    func none() throws {
        let router = try Pair().router
        let message = IncomingMessage()
        #expect(!router.receive(message))
        let begun = ContinuousClock.now
        #expect(!router.receive(message, milliseconds: 50))
        #expect(ContinuousClock.now - begun >= .milliseconds(45))
    }

    @Test("A payload that is not in a Data arrives as it is")
    func sent() throws {
        let pair = try Pair()
        let client = try pair.peer(.request)
        #expect(client.send([Data([1])]))
        let question = try pair.router.next()
        let answer: [UInt8] = [1, 2, 3]
        #expect(answer.withUnsafeBytes { pair.router.send(Array(question.dropLast()), $0) })
        #expect(try client.next() == [Data(answer)])
    }
}
