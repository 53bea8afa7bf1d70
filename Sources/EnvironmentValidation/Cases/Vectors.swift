import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf

extension ValidationCase {
    /// Many environments in one session.
    static let vectors: [ValidationCase] = [
        ValidationCase("vectors/make", "`num_envs` makes a vector, of one too.") { subject in
            for count in [1, 3] as [UInt32] {
                let session = try vector(subject, count)
                try expect(session.made.hasNumEnvs, got: "a make reply without num_envs", expected: "\(count)")
                try expectEqual(session.made.numEnvs, count, "num_envs")
                try expectEqual(session.made.autoresetMode, .nextStep, "the default autoreset_mode")
            }
        },
        ValidationCase("vectors/limits", "`num_envs` is 1 to `limits.max_num_envs`.") { subject in
            _ = try vector(subject, 1)
            let limit = subject.hello.limits.maxNumEnvs
            for count in [0, limit + 1] where limit < .max {
                let reply = try subject.probe().ask(subject.make { $0.numEnvs = count }, within: subject.makeSeconds)
                try expectError(reply, .invalidArgument, .badArgument)
            }
        },
        ValidationCase(
            "vectors/replies", "A step of a vector has `num_envs` rewards, terminations, truncations and observations."
        ) { subject in
            let session = try vector(subject, 3)
            let form = try session.form()
            _ = try session.rows(try session.reset(seed: 1).observation, form)
            for k in 0..<3 {
                let step = try session.step(k)
                _ = try session.rows(step.observation, form)
                let counts = [step.rewards.count, step.terminations.count, step.truncations.count]
                try expectEqual(counts, [3, 3, 3], "the counts of rewards, terminations, truncations")
            }
        },
        ValidationCase(
            "vectors/seeds", "One seed is of sub-environment 0, seed + i of the others; `num_envs` seeds are one each."
        ) { subject in
            let session = try vector(subject, 3)
            let one = try session.reset(seed: 40)
            try expectEqual(try session.seeds(one), ["40", "41", "42"], "the seeds in force")
            let each = try session.ask {
                $0.reset.seeds = ["7", "900", "8"].map { text in .with { $0.decimal = text } }
            }
            try expectEqual(try session.seeds(try each.wasReset()), ["7", "900", "8"], "the seeds in force")
            let two = try session.ask { $0.reset.seeds = ["7", "8"].map { text in .with { $0.decimal = text } } }
            try expectError(two, .invalidArgument, .badArgument)
        },
        ValidationCase(
            "vectors/equal-singles", "A sub-environment does what a single environment with its seed does."
        ) { subject in
            try subject.needDeterminism()
            let session = try vector(subject, 3)
            let form = try session.form()
            let singles = try (0..<3).map { try subject.begun(seed: 50 + UInt32($0)) }
            _ = try session.reset(seed: 50)
            for k in 0..<3 {
                let step = try session.step(k)
                let rows = try session.rows(step.observation, form)
                for (index, single) in singles.enumerated() {
                    // The vector gives each sub-environment the action after the last one's.
                    let own = try single.step(k + index)
                    guard case .array(let array) = try own.observation.element(of: single.observationSpace) else {
                        return
                    }
                    try expectEqual(rows[index], array.bytes, "after step \(k), sub-environment \(index) observes")
                    try expectEqual(
                        step.rewards[index], own.reward, "at step \(k), the reward of sub-environment \(index)")
                    if own.terminated || own.truncated { return }
                }
            }
        },
        ValidationCase(
            "vectors/masks", "`reset_mask` says which sub-environments to reset; the others stay."
        ) { subject in
            let session = try vector(subject, 3)
            let form = try session.form()
            _ = try session.reset(seed: 1)
            let before = try session.rows(try session.step(0).observation, form)
            let wrong = try session.ask { $0.reset.resetMask = [true] }
            try expectError(wrong, .invalidArgument, .badArgument)
            let reply = try session.ask {
                $0.reset.resetMask = [false, true, false]
                $0.reset.seeds = [1, 2, 3].map { word in .with { $0.words = [word] } }
            }.wasReset()
            let after = try session.rows(reply.observation, form)
            try expect(
                after[0] == before[0] && after[2] == before[2], got: "other rows changed", expected: "as they were")
        },
        ValidationCase(
            "vectors/refused-action", "A vector's action of which one is outside the space steps nothing."
        ) { subject in
            let session = try vector(subject, 2)
            _ = try session.reset(seed: 1)
            guard case .array(var array) = try session.action(0).kind, array.dtype == .int64, array.data.count == 16
            else {
                throw NotApplicable("the actions are not single integers")
            }
            array.data[15] = 0x7f
            try expectError(
                try session.ask { $0.step.action.array = array }, .invalidArgument, .actionOutOfSpace, .actionShape)
            _ = try session.step()
        },
    ]

    /// - Throws: ``NotApplicable`` where there are no vectors.
    static func vector(
        _ subject: Subject, _ count: UInt32, _ mode: WireAutoresetMode = .unspecified, steps: UInt32 = 0
    ) throws -> ProbeSession {
        guard subject.hello.capabilities.contains("vector") else {
            throw NotApplicable("the server has not the capability \"vector\"")
        }
        do {
            return try subject.session {
                $0.numEnvs = count
                $0.autoresetMode = mode
                $0.maxEpisodeSteps = steps
            }
        } catch let shortfall as Shortfall where shortfall.got.hasPrefix("UNIMPLEMENTED / CAPABILITY_MISSING") {
            throw NotApplicable("there are no vectors of \(subject.spec.id)")
        }
    }
}

extension ProbeSession {
    /// The form of a row.
    func form() throws -> ArrayForm {
        guard let form = observationSpace.arrayForm else { throw NotApplicable("the observations are not arrays") }
        return form
    }

    /// The bytes of each sub-environment's observation.
    func rows(_ observation: WireValue, _ form: ArrayForm) throws -> [[UInt8]] {
        guard case .array(let wire) = observation.kind, let array = try? wire.array() else {
            throw Shortfall(got: "an observation that is no array", expected: "a row for each sub-environment")
        }
        try expectEqual(array.shape, [count] + form.shape, "an observation of shape")
        try expectEqual(array.dtype, form.dtype, "an observation of")
        return (0..<count).map { Array(array.bytes[$0 * form.byteCount..<($0 + 1) * form.byteCount]) }
    }

    /// The seeds in force, as decimal digits.
    func seeds(_ reply: WireReset.Reply) throws -> [String?] {
        try reply.npRandomSeed.map { try $0.seed()?.description }
    }
}
