import EnvironmentProtocol
import Gymnasium
import SwiftProtobuf

extension ValidationCase {
    /// What a session answers when.
    static let states: [ValidationCase] = [
        ValidationCase("states/made", "In the state made, `step` and `render` are `RESET_NEEDED`.") { subject in
            let session = try subject.session()
            try expectError(try session.ask(session.stepping()), .failedPrecondition, .resetNeeded)
            try expectError(try session.ask { $0.render = .init() }, .failedPrecondition, .resetNeeded)
            try expectEqual(try session.state(), "made", "afterwards, the state")
            _ = try session.reset(seed: 1)
        },
        ValidationCase("states/ready", "In the state ready, `reset` leads to ready; `step` to ready or done.") {
            subject in
            let session = try subject.begun()
            _ = try session.reset(seed: 2)
            try expectEqual(try session.state(), "ready", "after a second reset, the state")
            let step = try session.step()
            let expected = step.terminated || step.truncated ? "done" : "ready"
            try expectEqual(try session.state(), expected, "after a step, the state")
            _ = try session.reset(seed: 3)
        },
        ValidationCase(
            "states/done",
            "A step that ends the episode leads to done: then `step` is `RESET_NEEDED`, `reset` leads to ready."
        ) { subject in
            let session = try shortened(subject)
            _ = try session.reset(seed: 1)
            _ = try session.playToEnd()
            try expectEqual(try session.state(), "done", "after the last step, the state")
            try expectError(try session.ask(session.stepping()), .failedPrecondition, .resetNeeded)
            _ = try session.reset(seed: 1)
            try expectEqual(try session.state(), "ready", "after a reset, the state")
        },
        ValidationCase(
            "states/unreadable-reset", "A reset whose seeds or options cannot be read (`BAD_ARGUMENT`) changes nothing."
        ) { subject in
            let session = try subject.begun()
            let reply = try session.ask { $0.reset.seeds = [.with { $0.decimal = "-7" }] }
            try expectError(reply, .invalidArgument, .badArgument)
            try expectEqual(try session.state(), "ready", "afterwards, the state")
            _ = try session.step()
        },
        ValidationCase(
            "states/render",
            "A render of an environment that was made without a `render_mode` is "
                + "`UNIMPLEMENTED / CAPABILITY_MISSING`."
        ) { subject in
            let session = try subject.begun()
            try expectError(try session.ask { $0.render = .init() }, .unimplemented, .capabilityMissing)
            _ = try session.step()
        },
        ValidationCase("states/rendered", "In the states ready and done, `render` is answered.") { subject in
            guard let mode = subject.spec.renderModes.first else {
                throw NotApplicable("\(subject.spec.id) has no render modes")
            }
            let session = try subject.begun { $0.renderMode = mode }
            let reply = try session.ask { $0.render = .init() }
            guard case .render(let render) = reply.kind else {
                throw Shortfall(got: reply.summary, expected: "a render reply")
            }
            try expect(
                render.frames.count + render.text.count == 1,
                got: "\(render.frames.count) frames and \(render.text.count) texts", expected: "one picture")
        },
        ValidationCase(
            "states/not-offered",
            "What is not offered is answered `UNIMPLEMENTED / CAPABILITY_MISSING` by a session."
        ) { subject in
            let session = try subject.begun()
            let requests: [(String, (inout WireRequest) -> Void)] = [
                ("start_recording", { $0.startRecording = .init() }),
                ("stop_recording", { $0.stopRecording = .init() }),
                ("send", { $0.send = .init() }), ("recv", { $0.recv = .init() }),
                ("get_attr", { $0.getAttr = .init() }), ("call", { $0.call = .init() }),
            ]
            for (name, fill) in requests where !subject.hello.capabilities.contains(name) {
                try expectError(try session.ask(fill), .unimplemented, .capabilityMissing)
            }
            _ = try session.step()
        },
    ]

    /// What episodes consist of.
    static let episodes: [ValidationCase] = [
        ValidationCase("episodes/spaces", "Observations are elements of the observation space, in its element type.") {
            subject in
            let session = try subject.session()
            let space = session.observationSpace
            try checkForm(try session.reset(seed: 1).observation, space)
            for k in 0..<5 {
                let step = try session.step(k)
                try checkForm(step.observation, space)
                try expect(step.reward.isFinite, got: "the reward \(step.reward)", expected: "a finite one")
                if step.terminated || step.truncated { return }
            }
        },
        ValidationCase("episodes/same-seed", "The same seed gives an episode the same tasks.") { subject in
            try subject.needDeterminism()
            let (one, other) = (try subject.session(), try subject.session())
            let space = one.observationSpace
            for seed in [9, 8, 9] as [UInt32] {
                let resets = try [one, other].map { try $0.reset(seed: seed).observation.element(of: space) }
                try expectEqual(resets[1], resets[0], "with seed \(seed), another session observes")
                for k in 0..<8 {
                    let steps = try [one, other].map { try $0.step(k) }
                    try expectEqual(
                        try steps[1].observation.element(of: space), try steps[0].observation.element(of: space),
                        "with seed \(seed), after step \(k), another session observes")
                    try expectEqual(
                        [steps[1].reward, steps[1].terminated ? 1 : 0, steps[1].truncated ? 1 : 0],
                        [steps[0].reward, steps[0].terminated ? 1 : 0, steps[0].truncated ? 1 : 0],
                        "with seed \(seed), after step \(k), reward and flags of another session are")
                    if steps[0].terminated || steps[0].truncated { break }
                }
            }
        },
        ValidationCase(
            "episodes/time-limit", "`max_episode_steps` shortens the environment's own time limit."
        ) { subject in
            let session = try subject.session { $0.maxEpisodeSteps = 3 }
            _ = try session.reset(seed: 1)
            let end = try session.playToEnd()
            try expect(end.steps <= 3, got: "an episode of \(end.steps) steps", expected: "3 at most")
            try expect(
                end.steps < 3 || end.reply.truncated || end.reply.terminated, got: "no flag", expected: "truncated")
        },
    ]

    /// A session with short episodes, where the environment can have them.
    static func shortened(_ subject: Subject, _ change: (inout WireMake.Request) -> Void = { _ in }) throws
        -> ProbeSession
    {
        do {
            return try subject.session { make in
                make.maxEpisodeSteps = 3
                change(&make)
            }
        } catch is Shortfall {
            return try subject.session(.binary, change)
        }
    }

    private static func checkForm(_ observation: WireValue, _ space: Space) throws {
        let value = try observation.element(of: space)
        guard case .array(let array) = value, let form = space.arrayForm else { return }
        try expectEqual(array.dtype, form.dtype, "an observation of")
        try expectEqual(array.shape, form.shape, "an observation of shape")
    }
}
