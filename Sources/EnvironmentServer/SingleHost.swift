import EnvironmentProtocol
import Gymnasium
import Randomness
import Sessions

/// The single environment of one session whose calls return at once.
final class SingleHost: ImmediateHost {
    private let environment: any ImmediateEnvironment
    private let actionSpace: Space
    private let renderMode: String

    init(_ environment: some ImmediateEnvironment, renderMode: String) {
        self.environment = environment
        actionSpace = environment.actionSpace
        self.renderMode = renderMode
    }

    func reset(_ request: WireReset.Request, readable: Bool) throws -> WireReset.Reply {
        let seed = try request.singleSeed()
        let options = try WireEntry.entries(request.options)
        do {
            return WireReset.Reply(try environment.resetNow(seed: seed, options: options), readable: readable)
        } catch {
            // The last episode has ended, and no other has begun.
            throw WireRefusal(WireError(error), leaving: .done)
        }
    }

    func step(_ action: WireValue, readable: Bool) throws -> WireStep.Reply {
        let result = try environment.stepNow(try action.element(of: actionSpace))
        guard result.reward.isFinite else { throw WireRefusal.nonFinite(reward: result.reward) }
        return WireStep.Reply(result, readable: readable)
    }

    func step(_ action: StepRequestFrame.Action, into reply: inout FrameWriter) throws -> Bool {
        let element: Value
        if case .integer(let integer) = action, case .discrete(let space) = actionSpace, integer >= space.start,
            integer - space.start < space.n
        {
            element = .integer(integer)
        } else {
            element = try action.message.element(of: actionSpace)
        }
        let result = try environment.stepNow(element)
        guard result.reward.isFinite else { throw WireRefusal.nonFinite(reward: result.reward) }
        reply.reply(result)
        return result.terminated || result.truncated
    }

    func render(_ request: WireRender.Request, readable: Bool) throws -> WireRender.Reply {
        try WireRender.Reply(
            try environment.renderNow(mode: try renderMode.checkedRenderMode()), readable: readable)
    }
}

extension String {
    /// - Throws: what a session that was made without a render mode answers.
    func checkedRenderMode() throws(EnvironmentError) -> String {
        guard !isEmpty else {
            throw EnvironmentError(
                .unsupported, "the environment was made without a render_mode; make it with one to render")
        }
        return self
    }
}

extension WireReset.Request {
    /// A single environment's seed; nil to draw one.
    func singleSeed() throws -> Seed? {
        guard seeds.count <= 1 else {
            throw EnvironmentError(
                .badArgument(name: "seeds"), "a single environment takes one seed at most, got \(seeds.count)")
        }
        return try seeds.first.flatMap { seed throws(MalformedMessage) in try seed.seed() }
    }
}

extension WireValue {
    /// An action in the space's own form.
    ///
    /// - Throws: ``WireRefusal``: it is none, and nothing is stepped.
    func element(of space: Space) throws(WireRefusal) -> Value {
        do {
            return try space.element(from: try value(expecting: space))
        } catch {
            throw WireRefusal(WireError(action: error))
        }
    }
}

extension WireReset.Reply {
    /// Of a single environment.
    init(_ result: ResetResult, readable: Bool) {
        self.init()
        observation = WireValue(result.observation, readable: readable)
        info = WireInfo(result.info, readable: readable)
        npRandomSeed = [WireSeed(result.seed, readable: readable)]
        if let mask = result.info.first(where: { $0.key == "action_mask" }) {
            actionMask = WireValue(mask.value, readable: readable)
        }
    }
}

extension WireStep.Reply {
    /// Of a single environment.
    init(_ result: StepResult, readable: Bool) {
        self.init()
        observation = WireValue(result.observation, readable: readable)
        reward = result.reward
        terminated = result.terminated
        truncated = result.truncated
        // An info without entries would cost its message; absent means the same.
        if !result.info.isEmpty { info = WireInfo(result.info, readable: readable) }
        if let mask = result.info.first(where: { $0.key == "action_mask" }) {
            actionMask = WireValue(mask.value, readable: readable)
        }
    }
}

extension WireRender.Reply {
    /// Of a single environment.
    init(_ frame: RenderedFrame, readable: Bool) throws {
        self.init()
        switch frame {
        case .text(let text): self.text = [text]
        case .image(let image): frames = [WireArray(image, readable: readable)]
        }
    }
}
