import Foundation
import GRDB
import Gymnasium
import Randomness
import TestSupport
import Testing

@testable import Episodes

@Suite("Journals of vectors")
struct VectorEpisodesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("What a vector's episodes were is read back, in every autoreset mode", arguments: AutoresetMode.allCases)
    func whole(mode: AutoresetMode) async throws {
        let store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
        let vector = try await RecordedVector(store, count: 5, mode: mode)
        try vector.reset(seed: 7)
        for _ in 0..<150 { try vector.step() }
        vector.end()
        try await store.close()

        let reader = try EpisodeStore(path: store.path, mode: .read)
        let recorded = try reader.list().map { try reader.seen($0.id) }
        #expect(recorded.count == vector.seen.count)
        #expect(recorded.count > 40)
        for seen in vector.seen { #expect(recorded.contains(seen), "seed \(seen.seed)") }
        for seen in recorded { #expect(seen.observations.count == seen.actions.count + 1) }
    }

    @Test("They verify, byte for byte, also where an environment goes on with its random numbers")
    func verified() async throws {
        let store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
        for (mode, goesOn) in [(AutoresetMode.sameStep, false), (.nextStep, true), (.disabled, true)] {
            let vector = try await RecordedVector(
                store, count: 3, mode: mode, arguments: [Value.Entry("goes_on", .boolean(goesOn))])
            try vector.reset(seed: 70)
            for _ in 0..<60 { try vector.step() }
            vector.end()
        }
        try await store.close()
        let reader = try EpisodeStore(path: store.path, mode: .read)
        let verifier = EpisodeVerifier(reader, registry: DiceEnvironment.registry)
        let episodes = try reader.list()
        #expect(episodes.count > 40)
        for episode in episodes {
            let verdict = try await verifier.verify(episode.id)
            #expect(verdict == .same(steps: episode.length))
        }
    }

    @Test("An info comes with the steps that had it, and the mask with every frame")
    func infosAndMasks() async throws {
        let store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
        let vector = try await RecordedVector(
            store, count: 2, mode: .sameStep, arguments: [Value.Entry("info", "ends")])
        try vector.reset(seed: 1)
        for _ in 0..<60 { try vector.step() }
        vector.end()
        try await store.close()
        let reader = try EpisodeStore(path: store.path, mode: .read)
        let done = try #require(try reader.list().first { $0.status != .partial && $0.length > 1 })
        #expect(try reader.episode(done.id).actionMask == [0, 1, 1])
        let steps = try reader.steps(of: done.id, limit: 100)
        #expect(steps.dropLast().allSatisfy { $0.result.info.isEmpty })
        #expect(steps.last?.result.info == [Value.Entry("step", .integer(Int64(done.length)))])
        #expect(steps.first?.actionMask == [1, 0, 1])
    }

    @Test("A recorded vector answers as one that is not, infos too", arguments: AutoresetMode.allCases)
    func unchanged(mode: AutoresetMode) async throws {
        let store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
        for detail in InfoDetail.allCases {
            let arguments = EnvironmentRegistry.Arguments(entries: [Value.Entry("info", .text(detail.rawValue))])
            var vectors: [any ImmediateRows] = []
            for _ in 0..<2 {
                vectors.append(
                    try await DiceEnvironment.registry.makeVector(
                        DiceEnvironment.id, arguments, count: 3, autoresetMode: mode))
            }
            vectors[1] = try store.recording(vectors[1]) { _ in }
            let buffers = vectors.map { RowBuffers(for: $0) }
            func compare() {
                #expect(buffers[0].observations.elementsEqual(buffers[1].observations))
                #expect(buffers[0].finalObservations.elementsEqual(buffers[1].finalObservations))
                for index in 0..<3 {
                    #expect(vectors[0].info(at: index) == vectors[1].info(at: index))
                    #expect(vectors[0].finalInfo(at: index) == vectors[1].finalInfo(at: index))
                }
            }
            let seeds = [4, 5, 6].map { Seed($0 as UInt64) }
            for (vector, buffers) in zip(vectors, buffers) { try vector.resetNow(seeds: seeds, into: buffers) }
            compare()
            let actions = [Int64](repeating: 2, count: 3)
            for _ in 0..<30 {
                for (vector, buffers) in zip(vectors, buffers) {
                    try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
                }
                compare()
                guard mode == .disabled else { continue }
                let mask = (0..<3).map { buffers[0].terminations[$0] || buffers[0].truncations[$0] }
                guard mask.contains(true) else { continue }
                for (vector, buffers) in zip(vectors, buffers) {
                    try vector.resetNow(seeds: [nil, nil, nil], mask: mask, into: buffers)
                }
                compare()
            }
            vectors[1].closeNow()
        }
    }

    @Test("A locked file stops the recording with one message, and the vector goes on")
    func locked() async throws {
        let path = folder.path("runs.sqlite")
        let store = try EpisodeStore(path: path, mode: .write, programVersion: "test", busySeconds: 0.05)
        let failures = Failures()
        let vector = try await RecordedVector(store, count: 4, mode: .sameStep) { failures.add($0) }
        try vector.reset(seed: 1)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: path, configuration: configuration)
        try await other.inDatabaseTransaction {
            try await failures.wait { try vector.step() }
        }
        for _ in 0..<50 { try vector.step() }
        #expect(failures.all == ["\(EpisodeStoreError.locked(path: path, seconds: 0.05))"])
        // A session that begins when the file is free again is recorded.
        let next = try await RecordedVector(store, count: 1, mode: .sameStep) { failures.add($0) }
        try next.reset(seed: 5)
        for _ in 0..<5 { try next.step() }
        next.end()
        try await store.close()
        let reader = try EpisodeStore(path: path, mode: .read)
        #expect(try reader.list(EpisodeFilter(seed: Seed(5))).count == 1)
        #expect(try reader.list(EpisodeFilter(status: .running)).isEmpty)
        #expect(failures.all.count == 1)
    }

    @Test("A full disk stops the recording with one message, keeps what was written, and the vector goes on")
    func full() async throws {
        let path = folder.path("runs.sqlite")
        let store = try EpisodeStore(path: path, mode: .write, programVersion: "test", busySeconds: 1, maximumPages: 60)
        let failures = Failures()
        let vector = try await RecordedVector(store, count: 8, mode: .sameStep) { failures.add($0) }
        try vector.reset(seed: 1)
        // Something has to be written before there is no more room.
        let reading = try EpisodeStore(path: path, mode: .read)
        let end = ContinuousClock.now + .seconds(20)
        while try reading.list().isEmpty, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(5)) }
        try await failures.wait { try vector.step() }
        #expect(failures.all == ["\(EpisodeStoreError.diskFull(path: path))"])
        _ = try? await store.close()
        let reader = try EpisodeStore(path: path, mode: .read)
        let verifier = EpisodeVerifier(reader, registry: DiceEnvironment.registry)
        let episodes = try reader.list()
        #expect(!episodes.isEmpty)
        for episode in episodes { #expect(try await verifier.verify(episode.id).isGood) }
    }
}
