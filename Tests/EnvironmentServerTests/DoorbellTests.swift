import Foundation
import Testing
import ZeroMQ

@testable import EnvironmentServer

@Suite("Waking a thread that waits for messages only")
struct DoorbellTests {
    @Test("Ringing ends the wait, also when it rang before, and again")
    func rings() throws {
        let context = try ZeroMQContext()
        let doorbell = Doorbell(of: context)
        let heard = DispatchSemaphore(value: 0)
        let isListening = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            guard let router = try? ZeroMQSocket(.router, in: context), (try? router.bind(doorbell.endpoint)) != nil
            else { return }
            isListening.signal()
            let message = IncomingMessage()
            for _ in 0..<20 where router.receive(message, milliseconds: 60_000) { heard.signal() }
        }
        #expect(isListening.wait(timeout: .now() + 20) == .success)
        for _ in 0..<20 {
            doorbell.ring()
            #expect(heard.wait(timeout: .now() + 20) == .success)
        }
    }
}
