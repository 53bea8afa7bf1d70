import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import Randomness
import Sessions
import Testing

@testable import EnvironmentServer

/// Calls that return at once, or not.
@Suite struct StepperTests {
    /// Ends with the action 1.
    private final class Rows: ImmediateRows {
        let form = EnvironmentForm(
            spec: EnvironmentSpec(id: "test/Rows-v0", description: "rows"),
            observationSpace: .box(.init(shape: [1], low: [0], high: [1])), actionSpace: .discrete(.init(n: 2)))
        let seeds = [Seed(0)]
        var pause = Duration.zero
        var failure: EnvironmentError?

        func resetNow(
            seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
        ) throws(EnvironmentError) {
            if let failure { throw failure }
        }

        func stepNow(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(EnvironmentError) {
            if let failure { throw failure }
            Thread.sleep(forTimeInterval: pause / .seconds(1))
            buffers.terminations[0] = actions.loadUnaligned(as: Int64.self) == 1
        }

        func info(at index: Int) -> [Value.Entry] { [] }
        func renderNow(at index: Int, mode: String) throws(EnvironmentError) -> RenderedFrame? { nil }
        func closeNow() {}
    }

    private let rows = Rows()

    private func made() throws -> Stepper {
        let logger = Logger(label: "test")
        return Stepper(
            try RowsHost(rows, renderMode: "", logger: logger), encoder: ReplyEncoder(logger: logger))
    }

    private func step(_ action: Int64 = 0) -> WireRequest.OneOf_Kind {
        var step = WireStep.Request()
        step.action.integer = action
        return .step(step)
    }

    @Test("What was never called is not taken for quick")
    func unknown() throws {
        let stepper = try made()
        #expect(!stepper.isQuick(step()))
        #expect(!stepper.isQuick(.reset(WireReset.Request())))
        #expect(!stepper.isQuick(.render(WireRender.Request())))
    }

    @Test("A slow call ends being quick, at once")
    func slow() throws {
        let stepper = try made()
        // The machine may be slow now and then, but not always.
        let wasQuick = (0..<10_000).contains { _ in
            _ = stepper.perform(step(), .binary)
            return stepper.isQuick(step())
        }
        #expect(wasQuick)
        rows.pause = .milliseconds(2)
        _ = stepper.perform(step(), .binary)
        #expect(!stepper.isQuick(step()))
        #expect(!stepper.isQuick(.reset(WireReset.Request())))
    }

    @Test("An episode's end leaves the session done, a refusal leaves it as it was, a crash ends the episode")
    func states() throws {
        let stepper = try made()
        #expect(stepper.perform(.reset(WireReset.Request()), .binary).end == .success(isOver: false))
        #expect(stepper.perform(step(), .binary).end == .success(isOver: false))
        #expect(stepper.perform(step(1), .binary).end == .success(isOver: true))
        rows.failure = EnvironmentError(.actionShape, "no action")
        let refused = stepper.perform(step(), .binary)
        #expect(refused.end == .refused)
        guard case .error(let error) = refused.kind else {
            Issue.record("expected a refusal, got \(refused.kind)")
            return
        }
        #expect(error.reason == .actionShape)
        rows.failure = EnvironmentError(.crashed, "no more")
        #expect(stepper.perform(step(), .binary).end == .failed)
        guard case .error(let crash) = stepper.perform(step(), .binary).kind else {
            Issue.record("expected an error")
            return
        }
        #expect(crash.reason == .envCrashed)
    }

    @Test("A step that was read in place leaves its reply behind, or is an outcome like others")
    func inPlace() throws {
        let stepper = try made()
        func step(_ id: UInt64, _ action: UInt64) throws -> FinishedCall.Result {
            var writer = FrameWriter()
            writer.stepRequest(id, session: "s", deadline: 0) { $0.field(1) { $0.field(6, varint: action) } }
            return stepper.step(try #require(StepRequestFrame(writer.bytes)), at: .now).0
        }
        guard case .written(false) = try step(1, 0), case .written(true) = try step(2, 1) else {
            Issue.record("expected two steps, the second one the last")
            return
        }
        let reply = try MessageCodec.decode(WireReply.self, from: stepper.withReply { Data($0) }, .binary)
        #expect(reply.requestID == 2)
        #expect(reply.sessionID == "s")
        #expect(reply.serverTimeNs > 0)
        #expect(reply.step.terminated)
        rows.failure = EnvironmentError(.actionShape, "no action")
        guard case .outcome(let outcome, nil) = try step(3, 0), case .error(let error) = outcome.kind else {
            Issue.record("expected a refusal")
            return
        }
        #expect(error.reason == .actionShape)
    }

    @Test("A request that is no call of an environment is refused")
    func others() throws {
        let stepper = try made()
        guard case .error(let error) = stepper.perform(.getAttr(WireAttribute.Request()), .binary).kind else {
            Issue.record("expected a refusal")
            return
        }
        #expect(error.reason == .capabilityMissing)
    }
}
