import Gymnasium
import Randomness
import Synchronization
import Testing

@Suite("Rows with listeners")
struct ObservedRowsTests {
    /// What was heard, as text.
    private final class Ear: EpisodeListener {
        let isAwaited: Bool
        private let heard = Mutex<[String]>([])
        var all: [String] { heard.withLock { $0 } }

        init(isAwaited: Bool = false) { self.isAwaited = isAwaited }

        func begin(_ reset: ObservedReset) {
            add("begin \(reset.mask?.map { $0 ? 1 : 0 } ?? []) \(reset.seeds.map(\.description))")
        }

        func step(_ step: ObservedStep) {
            add("step \(step.action(at: 0)) \(step.buffers.rewards[0]) begun \(step.seeds.count)")
        }

        func end() { add("end") }
        nonisolated(nonsending) func commit() async { add("commit") }
        private func add(_ line: String) { heard.withLock { $0.append(line) } }
    }

    private func rows(
        _ layout: RowLayout, _ listeners: [any EpisodeListener]
    ) -> (any EnvironmentRows, RowBuffers) {
        let form = EnvironmentForm(
            spec: CountingEnvironment.spec, observationSpace: CountingEnvironment.observationSpace,
            actionSpace: .discrete(.init(n: 6)), layout: layout)
        let rows = SynchronousRows((0..<form.count).map { _ in CountingEnvironment() }, form, team: nil)
        return (ObservedRows.of(rows, listeners), RowBuffers(for: rows))
    }

    @Test("Immediate rows stay so with listeners that nobody waits for, and are awaited with others")
    func immediacy() {
        #expect(rows(.single, []).0.immediate != nil)
        #expect(rows(.single, [Ear()]).0.immediate != nil)
        #expect(rows(.single, [Ear(), Ear(isAwaited: true)]).0.immediate == nil)
    }

    @Test("Each listener hears of beginnings, steps and ends, and is committed before the call returns")
    func order() async throws {
        let (awaited, other) = (Ear(isAwaited: true), Ear())
        let (rows, buffers) = rows(.single, [awaited, other])
        try await rows.reset(seeds: [Seed(3)], mask: nil, options: [], into: buffers)
        try await rows.step(actions: try buffers.put(action: 2), into: buffers)
        await rows.close()
        #expect(
            awaited.all == [
                "end", "commit", "begin [] [\"3\"]", "commit", "step integer(2) 2.0 begun 0", "commit", "end", "commit",
            ])
        #expect(other.all == awaited.all.filter { $0 != "commit" })
    }

    @Test("A reset with a mask that fails ends nobody's episode; one of all ends them", arguments: [false, true])
    func failedReset(isAwaited: Bool) async throws {
        let ear = Ear(isAwaited: isAwaited)
        let (rows, buffers) = rows(.vector(count: 2, .disabled), [ear])
        try await rows.reset(seeds: [Seed(3), Seed(4)], mask: nil, options: [], into: buffers)
        let heard = ear.all
        for mask in [[false, true], nil] {
            await #expect(throws: EnvironmentError.self) {
                try await rows.reset(
                    seeds: [nil, nil], mask: mask, options: [Value.Entry("colour", 1)], into: buffers)
            }
            #expect(ear.all.dropFirst(heard.count).contains("end") == (mask == nil))
        }
    }

    @Test("The step that begins an episode tells the seeds in force", arguments: [AutoresetMode.nextStep, .sameStep])
    func autoreset(mode: AutoresetMode) async throws {
        let ear = Ear()
        let (rows, buffers) = rows(.vector(count: 1, mode), [ear])
        try await rows.reset(seeds: [Seed(3)], mask: nil, options: [], into: buffers)
        let five = try #require(NDArray(dtype: .int64, shape: [1], values: [5]))
        for _ in 0..<2 { try await rows.step(actions: try buffers.put(action: .array(five)), into: buffers) }
        #expect(
            ear.all.dropFirst().map { $0.hasSuffix("begun 1") } == (mode == .sameStep ? [true, true] : [false, true]))
    }
}
