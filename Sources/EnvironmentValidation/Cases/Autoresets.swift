import EnvironmentProtocol
import Gymnasium
import SwiftProtobuf

extension ValidationCase {
    /// What a vector does at an episode's end.
    static let autoresets: [ValidationCase] = [
        ValidationCase(
            "autoreset/next-step",
            "NEXT_STEP: the step after the last one resets instead of stepping: its action is ignored, its reward is 0."
        ) { subject in
            let session = try vector(subject, 2, .nextStep, steps: 3)
            try expectEqual(session.made.autoresetMode, .nextStep, "autoreset_mode")
            let end = try playToEnd(session)
            let next = try session.step(0)
            for index in end.finished {
                try expectEqual(next.rewards[index], 0, "after the end, the reward of sub-environment \(index)")
                try expect(
                    !next.terminations[index] && !next.truncations[index],
                    got: "after the end, a flag of sub-environment \(index)", expected: "none")
            }
            try expect(
                end.reply.finalMask.allSatisfy { !$0 }, got: "a final_mask", expected: "none in this mode")
        },
        ValidationCase(
            "autoreset/same-step",
            "SAME_STEP: what the finished sub-environments saw last is in `final_obs`, one entry a sub-environment in "
                + "`final_mask`; the observation is the new episode's first."
        ) { subject in
            let session = try vector(subject, 2, .sameStep, steps: 3)
            try expectEqual(session.made.autoresetMode, .sameStep, "autoreset_mode")
            let form = try session.form()
            let end = try playToEnd(session)
            let mask = end.reply.finalMask
            try expectEqual(mask.count, 2, "the number of entries in final_mask")
            for index in 0..<2 {
                try expectEqual(mask[index], end.finished.contains(index), "final_mask of sub-environment \(index)")
            }
            let last = try session.rows(end.reply.finalObs, form)
            let first = try session.rows(end.reply.observation, form)
            try subject.needDeterminism()
            // The same episodes in the mode that shows both observations, one after the other.
            let other = try vector(subject, 2, .nextStep, steps: 3)
            let expectedLast = try other.rows(try playToEnd(other).reply.observation, form)
            let expectedFirst = try other.rows(try other.step(0).observation, form)
            for index in end.finished {
                try expect(
                    last[index] == expectedLast[index], got: "a final_obs that is not the episode's last",
                    expected: "what NEXT_STEP observes last")
                try expect(
                    first[index] == expectedFirst[index], got: "an observation that is not the new episode's first",
                    expected: "what NEXT_STEP observes after the reset")
            }
        },
        ValidationCase(
            "autoreset/disabled",
            "DISABLED: never; a step is `RESET_NEEDED` until what has ended was reset, with a mask."
        ) { subject in
            let session = try vector(subject, 2, .disabled, steps: 3)
            try expectEqual(session.made.autoresetMode, .disabled, "autoreset_mode")
            let end = try playToEnd(session)
            let error = try expectError(try session.ask(session.stepping()), .failedPrecondition, .resetNeeded)
            try expect(
                error.hasEnvIndex && end.finished.contains(Int(error.envIndex)), got: "env_index \(error.envIndex)",
                expected: "one of \(end.finished)")
            _ = try session.ask { $0.reset.resetMask = (0..<2).map { end.finished.contains($0) } }.wasReset()
            _ = try session.step()
        },
    ]

    /// Resets, and steps until an episode is over.
    private static func playToEnd(_ session: ProbeSession) throws -> (reply: WireStep.Reply, finished: [Int]) {
        _ = try session.reset(seed: 60)
        let end = try session.play { reply in
            let finished = (0..<session.count).filter { reply.terminations[$0] || reply.truncations[$0] }
            return finished.isEmpty ? nil : finished
        }
        return (end.reply, end.found)
    }
}
