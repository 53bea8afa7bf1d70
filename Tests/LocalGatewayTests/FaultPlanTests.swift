import TestSupport
import Testing

@testable import LocalGateway

@Suite("Faults")
struct FaultPlanTests {
    @Test("are read as KIND=PROBABILITY:DURATION")
    func reading() throws {
        let delay = try FaultRule("delay=0.25:300ms")
        #expect(delay.kind == .delay && delay.probability == 0.25 && delay.duration == .milliseconds(300))
        let unreachable = try FaultRule("502=1")
        #expect(unreachable.kind == .unreachable && unreachable.probability == 1)
        let vanish = try FaultRule("vanish=0.5")
        #expect(vanish.duration == .seconds(2))
    }

    @Test(
        "that cannot be read are refused with what was got and what is expected",
        arguments: ["", "delay", "fire=0.1", "delay=2", "delay=-1", "delay=x", "delay=nan", "delay=1:soon", "500=1:1s"])
    func refusal(text: String) throws {
        let error = try #require(throws: LocalGatewayError.self) { try FaultRule(text) }
        #expect(error.description.contains("\"\(text)\""))
        #expect(error.description.contains("KIND=PROBABILITY"))
    }

    @Test("come as often as their probability says, and equally for equal seeds")
    func frequency() throws {
        let rules = [try FaultRule("502=0.2"), try FaultRule("429=0.5")]
        func draw(seed: UInt64) -> [[FaultRule]] {
            let plan = FaultPlan(rules, seed: seed)
            return (0..<5_000).map { _ in plan.draw([.unreachable, .busy]) }
        }
        let first = draw(seed: 3)
        #expect(first == draw(seed: 3))
        #expect(first != draw(seed: 4))
        // Five standard deviations either side.
        let unreachable = first.count { $0.contains { $0.kind == .unreachable } }
        #expect(abs(unreachable - 1_000) < 142)
        let busy = first.count { $0.contains { $0.kind == .busy } }
        #expect(abs(busy - 2_500) < 177)
    }

    @Test("that are not asked for are not drawn")
    func kinds() throws {
        let plan = FaultPlan([try FaultRule("cut=1")], seed: 0)
        #expect(plan.draw([.busy, .refuse]).isEmpty)
        #expect(plan.draw([.cut]).count == 1)
    }

    @Test("a function that vanished is back after its time")
    func vanishing() async throws {
        let plan = FaultPlan([try FaultRule("vanish=1")], seed: 0)
        plan.vanish("w", for: .milliseconds(50))
        #expect(plan.hasVanished("w"))
        #expect(!plan.hasVanished("v"))
        try await eventually("w is back") { !plan.hasVanished("w") }
    }
}
