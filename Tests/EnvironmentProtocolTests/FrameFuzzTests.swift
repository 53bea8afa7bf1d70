import EnvironmentProtocol
import Foundation
import Testing

/// 20,000 frames; as many as FAASFARM_FUZZ_FRAMES says where it is set.
@Suite("Mutated frames")
struct FrameFuzzTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fuzz/corpus")
    private static let frameCount =
        ProcessInfo.processInfo.environment["FAASFARM_FUZZ_FRAMES"].flatMap { Int($0) } ?? 20_000

    private static func corpus() throws -> [Data] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }.map { try Data(contentsOf: $0) }
    }

    @Test("each frame of the corpus is read without a fault")
    func corpus() throws {
        let corpus = try FrameFuzzTests.corpus()
        #expect(corpus.count > 100)
        for frame in corpus { #expect(FrameCheck.fault(of: frame) == nil) }
    }

    @Test("no mutated frame is a crash or is read as one message and written as another")
    func mutated() throws {
        let corpus = try FrameFuzzTests.corpus()
        var mutator = FrameMutator(corpus: corpus, seed: 5)
        var messages = 0
        for _ in 0..<FrameFuzzTests.frameCount {
            let frame = mutator.next()
            if let fault = FrameCheck.fault(of: frame) {
                Issue.record("\(fault); the frame in base 64: \(frame.base64EncodedString())")
                return
            }
            if (try? MessageCodec.decode(WireRequest.self, from: frame, MessageEncoding(of: frame))) != nil {
                messages += 1
            }
        }
        // Frames that are all refused at their first byte would try nothing.
        #expect(messages > FrameFuzzTests.frameCount / 10)
    }

    @Test("the same seed gives the same frames")
    func deterministic() throws {
        let corpus = try FrameFuzzTests.corpus()
        var (one, other) = (FrameMutator(corpus: corpus, seed: 9), FrameMutator(corpus: corpus, seed: 9))
        let frames = (0..<200).map { _ in one.next() }
        let again = (0..<200).map { _ in other.next() }
        #expect(frames == again && Set(frames).count > 150)
    }
}
