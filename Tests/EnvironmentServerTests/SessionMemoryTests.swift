import EnvironmentProtocol
import Gymnasium
import Testing

@testable import EnvironmentServer

@Suite("Memory of a session")
struct SessionMemoryTests {
    private func vector(_ shape: [Int] = [10], _ mode: AutoresetMode = .nextStep, bytes: Int = 1_000)
        -> EnvironmentForm
    {
        EnvironmentForm(
            spec: EnvironmentSpec(id: "test/Still-v0", description: "Stands.", bytesPerEnvironment: bytes),
            observationSpace: .box(.init(shape: shape, low: [0], high: [1])), actionSpace: .discrete(.init(n: 3)),
            layout: .vector(count: 1, mode), actionMaskCount: 3)
    }

    @Test("each environment counts with what it holds and with its rows, final observations where there are such")
    func estimate() {
        // Observation 40, action 8, mask 3, reward and flags 16.
        #expect(SessionMemory.estimate(vector(), count: 1) == 1_000 + 2 * 67)
        #expect(SessionMemory.estimate(vector(), count: 500) == 500 * 1_134)
        #expect(SessionMemory.estimate(vector([10], .sameStep), count: 1) == 1_000 + 2 * 107)
    }

    @Test("more than the limit is refused, with the number that would do")
    func refused() throws {
        let memory = SessionMemory(limit: 1_134 * 100)
        try memory.check(vector(), count: 100)
        let error = #expect(throws: WireRefusal.self) { try memory.check(vector(), count: 101) }
        #expect(error?.error.message.contains("101 environments of test/Still-v0") == true)
        #expect(error?.error.message.contains("ask for 100 or fewer") == true)
        #expect(error?.error.code == .resourceExhausted && error?.error.reason == .capacity)
    }

    @Test("one that alone is too large, and numbers beyond all reckoning, are refused too")
    func extremes() {
        let memory = SessionMemory(limit: 1_000)
        let error = #expect(throws: WireRefusal.self) { try memory.check(vector(), count: 1) }
        #expect(error?.error.message.contains("shorter history") == true)
        #expect(SessionMemory.estimate(vector(bytes: .max), count: 8_192) == .max)
        #expect(throws: WireRefusal.self) { try memory.check(vector(), count: .max) }
    }
}
