import EnvironmentProtocol
import Gymnasium
import Randomness
import SwiftProtobuf
import Testing

struct EpisodeRecordingTests {
    @Test(
        "An episode is recorded from reset to its end",
        arguments: [
            ("", 2, EpisodeStatus.truncated), ("terminate", 1, .terminated),
        ])
    func whole(failure: String, steps: Int, status: EpisodeStatus) async throws {
        let recorder = MemoryRecorder()
        try await TestServer(recorder: recorder).serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(["horizon": 2, "failure": .text(failure)])
            let reset = try await client.reset(seed: 7)
            #expect(reset.reset.episodeID == ["episode-0"])
            for index in 1...steps {
                #expect(try await client.step().step.reward == 0.5)
                #expect(recorder.all.contains(.step("episode-0", index: index)))
            }
            #expect(recorder.all.first == .begun("episode-0", seed: Seed(7)))
            #expect(recorder.all.last == .ended("episode-0", status))
        }
        #expect(recorder.all.count == steps + 2)
    }

    @Test("A reset and a close cut an episode")
    func cut() async throws {
        let recorder = MemoryRecorder()
        try await TestServer(recorder: recorder).serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            _ = try await client.step()
            _ = try await client.reset()
            #expect(recorder.all[2] == .ended("episode-0", .partial))
            _ = try await client.ask { $0.close = .init() }
            #expect(recorder.all.last == .ended("episode-3", .partial))
        }
        #expect(recorder.all.count == 5)
    }

    @Test("A recorder that fails stops nobody")
    func failing() async throws {
        let recorder = MemoryRecorder(refuses: true)
        try await TestServer(recorder: recorder).serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(["horizon": 1])
            for _ in 0..<3 {
                #expect(try await client.reset().reset.episodeID == [])
                #expect(try await client.step().step.truncated)
            }
        }
        #expect(recorder.refused == 3)
    }

    @Test("A session that declines is not recorded")
    func declined() async throws {
        let recorder = MemoryRecorder()
        try await TestServer(recorder: recorder).serve { endpoint in
            let client = try TestClient(endpoint)
            var request = WireRequest.newSession()
            request.make.record = false
            client.session = try await client.ask(request).make.sessionID
            #expect(try await client.reset().reset.episodeID == [])
        }
        #expect(recorder.all.isEmpty)
    }
}
