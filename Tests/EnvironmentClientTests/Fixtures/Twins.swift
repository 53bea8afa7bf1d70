import EnvironmentClient
import Gymnasium
import Randomness
import Testing

/// A remote vector beside a local one that is told the same.
final class Twins {
    let remote: RemoteVector
    let local: SynchronousRows<CountingEnvironment>
    let got: RowBuffers
    let expected: RowBuffers
    private var generator: PCG64

    init(_ configuration: ClientConfiguration, _ make: RemoteMake, info: InfoDetail = .full, seed: UInt64 = 1) throws {
        remote = try RemoteVector(configuration, make: make)
        local = CountingEnvironment.vector(make.count, make.autoresetMode, info)
        got = RowBuffers(for: remote)
        expected = RowBuffers(for: local)
        generator = PCG64(seed: Seed(seed))
    }

    func reset(_ seeds: [Seed?], mask: [Bool]? = nil) throws {
        let seeds = (
            try remote.resetNow(seeds: seeds, mask: mask, into: got),
            try local.resetNow(seeds: seeds, mask: mask, into: expected)
        )
        #expect(seeds.0 == seeds.1)
        #expect(remote.failure == nil)
    }

    func step() throws {
        let actions = (0..<local.count).map { _ in Int64(generator.next() % 3) }
        try actions.withUnsafeBytes { try remote.stepNow(actions: $0, into: got) }
        try actions.withUnsafeBytes { try local.stepNow(actions: $0, into: expected) }
    }

    func expectEqual(infos: Bool = true, _ place: Comment) {
        #expect(Array(got.observations) == Array(expected.observations), place)
        #expect(Array(got.rewards) == Array(expected.rewards), place)
        #expect(Array(got.terminations) == Array(expected.terminations), place)
        #expect(Array(got.truncations) == Array(expected.truncations), place)
        #expect(Array(got.finalMask) == Array(expected.finalMask), place)
        #expect(Array(got.finalObservations) == Array(expected.finalObservations), place)
        #expect(Array(got.actionMasks) == Array(expected.actionMasks), place)
        guard infos else { return }
        for index in 0..<local.count {
            #expect(remote.info(at: index) == local.info(at: index), place)
            #expect(remote.finalInfo(at: index) == local.finalInfo(at: index), place)
        }
    }

    /// Random steps; where nobody else does, resets of what has ended, now and then with seeds.
    func run(steps: Int, infos: Bool = true) throws {
        let count = local.count
        try reset((0..<count).map { Seed(UInt64(7 + $0)) })
        expectEqual(infos: infos, "after the first reset")
        for step in 0..<steps {
            let isOver = (0..<count).map { expected.terminations[$0] || expected.truncations[$0] }
            if local.autoresetMode == .disabled, isOver.contains(true) {
                try reset((0..<count).map { $0 == step % 3 ? Seed(UInt64(step)) : nil }, mask: isOver)
                expectEqual(infos: infos, "after a reset before step \(step)")
            }
            if step == steps / 2 {
                try reset((0..<count).map { $0.isMultiple(of: 2) ? Seed(99) : nil })
                expectEqual(infos: infos, "after a reset of all before step \(step)")
            }
            try self.step()
            expectEqual(infos: infos, "after step \(step)")
        }
    }
}
