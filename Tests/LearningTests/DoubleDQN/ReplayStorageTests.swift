import Randomness
import Testing

@testable import Learning

@Suite struct ReplayStorageTests {
    @Test("The replay storage forgets the oldest, and draws all it has about equally often")
    func replay() {
        let replay = ReplayStorage(capacity: 5, width: 1, maskCount: 0)
        for index in 0..<8 {
            let value = Float(index)
            replay.append(
                observation: [value], action: index % 2, reward: value, successor: [value + 1],
                isTerminated: index == 7, mask: nil)
        }
        #expect(replay.count == 5)
        #expect(Set((0..<5).map { replay[$0].reward }) == [3, 4, 5, 6, 7])
        #expect((0..<5).allSatisfy { replay[$0].successor[0] == replay[$0].observation[0] + 1 })
        #expect((0..<5).allSatisfy { replay[$0].isTerminated == (replay[$0].reward == 7) })
        var generator = PCG64(seed: Seed(3))
        var counts = [0, 0, 0, 0, 0]
        for _ in 0..<10_000 { counts[replay.draw(using: &generator)] += 1 }
        // Within five deviations of a binomial count.
        #expect(counts.allSatisfy { abs($0 - 2_000) < 200 })
    }
}
