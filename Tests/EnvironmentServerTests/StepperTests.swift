import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import Sessions
import Testing

@testable import EnvironmentServer

/// Calls that return at once, or not.
@Suite struct StepperTests {
    private final class Host: ImmediateHost {
        var pause = Duration.zero
        var failure: (any Error)?

        func reset(_ request: WireReset.Request, readable: Bool) throws -> WireReset.Reply {
            if let failure { throw failure }
            return WireReset.Reply()
        }

        func step(_ action: WireValue, readable: Bool) throws -> WireStep.Reply {
            if let failure { throw failure }
            Thread.sleep(forTimeInterval: pause / .seconds(1))
            var reply = WireStep.Reply()
            reply.terminated = action.integer == 1
            return reply
        }

        func step(_ action: StepRequestFrame.Action, into reply: inout FrameWriter) throws -> Bool {
            let message = try step(action.message, readable: false)
            if message.terminated { reply.field(3, varint: 1) }
            return message.terminated
        }

        func render(_ request: WireRender.Request, readable: Bool) throws -> WireRender.Reply { WireRender.Reply() }
    }

    private let host = Host()

    private func step(_ action: Int64 = 0) -> WireRequest.OneOf_Kind {
        var step = WireStep.Request()
        step.action.integer = action
        return .step(step)
    }

    @Test("What was never called is not taken for quick")
    func unknown() {
        let stepper = Stepper(host, encoder: ReplyEncoder(logger: Logger(label: "test")))
        #expect(!stepper.isQuick(step()))
        #expect(!stepper.isQuick(.reset(WireReset.Request())))
        #expect(!stepper.isQuick(.render(WireRender.Request())))
    }

    @Test("A slow call ends being quick, at once")
    func slow() {
        let stepper = Stepper(host, encoder: ReplyEncoder(logger: Logger(label: "test")))
        // The machine may be slow now and then, but not always.
        let wasQuick = (0..<10_000).contains { _ in
            _ = stepper.perform(step(), readable: false)
            return stepper.isQuick(step())
        }
        #expect(wasQuick)
        let waiting = Stepper(host, mayWait: true, encoder: ReplyEncoder(logger: Logger(label: "test")))
        _ = waiting.perform(step(), readable: false)
        #expect(!waiting.isQuick(step()))
        host.pause = .milliseconds(2)
        _ = stepper.perform(step(), readable: false)
        #expect(!stepper.isQuick(step()))
        #expect(!stepper.isQuick(.reset(WireReset.Request())))
    }

    @Test("An episode's end leaves the session done, a refusal leaves it as it was, a crash ends the episode")
    func states() {
        struct Crash: Error {}
        let stepper = Stepper(host, encoder: ReplyEncoder(logger: Logger(label: "test")))
        #expect(stepper.perform(.reset(WireReset.Request()), readable: false).state == .ready)
        #expect(stepper.perform(step(), readable: false).state == .ready)
        #expect(stepper.perform(step(1), readable: false).state == .done)
        host.failure = WireRefusal(WireError(.invalidArgument, .actionShape, "no action"))
        let refused = stepper.perform(step(), readable: false)
        #expect(refused.state == nil)
        guard case .error(let error) = refused.kind else {
            Issue.record("expected a refusal, got \(refused.kind)")
            return
        }
        #expect(error.reason == .actionShape)
        host.failure = Crash()
        #expect(stepper.perform(step(), readable: false).state == .done)
        guard case .error(let crash) = stepper.perform(step(), readable: false).kind else {
            Issue.record("expected an error")
            return
        }
        #expect(crash.reason == .envCrashed)
    }

    @Test("A step that was read in place leaves its reply behind, or is an outcome like others")
    func inPlace() throws {
        let stepper = Stepper(host, encoder: ReplyEncoder(logger: Logger(label: "test")))
        func step(_ id: UInt64, _ action: UInt64) throws -> Stepper.Step {
            var writer = FrameWriter()
            writer.stepRequest(id, session: "s", deadline: 0) { $0.field(1) { $0.field(6, varint: action) } }
            return stepper.step(try #require(StepRequestFrame(writer.bytes)), at: .now).0
        }
        guard case .written(.ready) = try step(1, 0), case .written(.done) = try step(2, 1) else {
            Issue.record("expected two steps, the second one the last")
            return
        }
        let reply = try MessageCodec.decode(WireReply.self, from: stepper.lastReply, .binary)
        #expect(reply.requestID == 2)
        #expect(reply.sessionID == "s")
        #expect(reply.serverTimeNs > 0)
        #expect(reply.step.terminated)
        host.failure = WireRefusal(WireError(.invalidArgument, .actionShape, "no action"))
        guard case .failed(let outcome) = try step(3, 0), case .error(let error) = outcome.kind else {
            Issue.record("expected a refusal")
            return
        }
        #expect(error.reason == .actionShape)
    }

    @Test("A request that is no call of an environment is refused")
    func others() {
        let stepper = Stepper(host, encoder: ReplyEncoder(logger: Logger(label: "test")))
        guard case .error(let error) = stepper.perform(.getAttr(WireAttribute.Request()), readable: false).kind else {
            Issue.record("expected a refusal")
            return
        }
        #expect(error.reason == .capabilityMissing)
    }
}
