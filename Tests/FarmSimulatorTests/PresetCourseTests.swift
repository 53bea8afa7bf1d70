import Farm
import Randomness
import Testing

@testable import FarmSimulator

/// One noted course of each preset. A change here is a change of trajectories: the preset's version grows with it.
struct PresetCourseTests {
    /// FNV-1a over the bits of what a policy and a reward see.
    private struct Digest {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325

        mutating func add(_ word: UInt64) {
            for shift in stride(from: 0, to: 64, by: 8) {
                value ^= word >> UInt64(shift) & 0xFF
                value &*= 0x100_0000_01B3
            }
        }

        mutating func add(_ metrics: WindowMetrics) {
            for count in [
                metrics.queueLength, metrics.running, metrics.stages.first.collecting, metrics.ready, metrics.starting,
                metrics.draining,
                metrics.desired, metrics.arrivals, metrics.completions, metrics.failures, metrics.met, metrics.missed,
                metrics.phasesToCome,
            ] { add(UInt64(count)) }
            for number in [
                metrics.time, metrics.oldestAge, metrics.arrivalRate, metrics.stages.first.recentArrivalRate,
                metrics.stages.first.serviceTimeMean ?? -1,
                metrics.stages.first.serviceTimeP95 ?? -1, metrics.responseTimeMean ?? -1,
                metrics.responseTimeMax ?? -1,
                metrics.lateSeconds, metrics.stages.first.utilisation, metrics.paidWorkerSeconds,
                metrics.readyWorkerSeconds,
            ] { add(number.bitPattern) }
        }
    }

    struct Course: Sendable {
        let preset: String
        let emitted: Int
        let met: Int
        let missed: Int
        let digest: UInt64

        init(_ preset: String, _ emitted: Int, _ met: Int, _ missed: Int, _ digest: UInt64) {
            self.preset = preset
            self.emitted = emitted
            self.met = met
            self.missed = missed
            self.digest = digest
        }
    }

    private static let noted = [
        Course("demo@1", 397, 358, 32, 0xEE94_9626_AD7E_8F78),
        Course("paper@1", 1_140, 975, 160, 0xAD84_70FB_3DF7_B0CE),
        Course("paper-as-run@1", 1_140, 1_066, 74, 0x0BAE_91B3_1073_0930),
        Course("steady@1", 1_568, 1_554, 11, 0x983B_2989_8DBD_0E7B),
        Course("oscillating@1", 1_568, 1_162, 404, 0xE385_5BF6_D1FC_BF45),
        Course("burst@1", 1_006, 462, 541, 0x49D0_2358_50B1_FBF3),
        Course("shuffled@1", 653, 651, 0, 0x8430_90BA_7AE2_08BC),
        Course("azure-day@1", 26_844, 25_138, 1_698, 0x9C34_B347_DBB7_BA9E),
        Course("azure-bursty@1", 704, 61, 643, 0xF1DB_23D0_1861_CA3D),
        Course("llm-code@1", 968, 71, 897, 0x9824_3DFD_EC67_BB2F),
        Course("bench-farm@1", 2_704, 454, 2_236, 0x8171_7BDE_B85A_C0D9),
    ]

    @Test(
        "Seed 42 and a fixed plan give the noted windows, to the last bit",
        arguments: noted)
    func course(_ course: Course) throws {
        let scenario = try Scenario.preset(course.preset)
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(42))
        var noted = Digest()
        noted.add(farm.metrics)
        var step = 0
        while farm.end == nil, step < 60 {
            // Up and down around what the workers begin with.
            farm.advance(Staffing(scenario.workers.initial + [0, 1, 3, 2, -1, 4][step % 6]))
            noted.add(farm.metrics)
            step += 1
        }
        let totals = farm.metrics.totals
        #expect(totals.emitted == course.emitted && totals.met == course.met && totals.missed == course.missed)
        #expect(
            noted.value == course.digest,
            "Course(\"\(course.preset)\", \(totals.emitted), \(totals.met), \(totals.missed), 0x\(String(noted.value, radix: 16)))"
        )
    }

    @Test("Every preset has a noted course")
    func complete() throws {
        let presets = try Scenario.presetNames.map { name in
            let preset = try Scenario.preset(name)
            return "\(name)@\(preset.version)"
        }
        #expect(Self.noted.map(\.preset) == presets)
    }
}
