import EnvironmentProtocol
import Foundation
import Gymnasium
import TestSupport
import Testing
import ZeroMQ

#if compiler(>=6.2) && os(Linux)
    /// In a process of its own, because all tests of a process share its files, threads and memory.
    struct ManyEpisodesTests {
        @Test("veins-gym#11: 1,000 resets and 100 sessions leave files, threads and memory as they were")
        func report78_manyEpisodes() async {
            await #expect(processExitsWith: .success) {
                let setup = TestServer(recorder: MemoryRecorder())
                try await setup.serve { endpoint in
                    let client = try TestClient(endpoint, .request)
                    try await client.make(["horizon": 1])
                    try await ManyEpisodesTests.play(client, resets: 200, sessions: 50, endpoint)
                    let before = try Resources()
                    try await ManyEpisodesTests.play(client, resets: 1_000, sessions: 100, endpoint)
                    try await eventually("files and threads are as before") {
                        let now = try Resources()
                        return now.files <= before.files && now.threads <= before.threads
                    }
                    let grown = try Resources().kilobytes - before.kilobytes
                    #expect(grown < 4_096, "the process has grown by \(grown) kB")
                }
                #expect(setup.log.now.closed == 151)
            }
        }

        @Test("The measure sees what is not given back")
        func measure() async {
            await #expect(processExitsWith: .success) {
                // The first look takes files and memory of its own.
                _ = try Resources()
                let before = try Resources()
                let files = try (0..<8).map { _ in try #require(FileHandle(forReadingAtPath: "/dev/null")) }
                let memory = [UInt8](repeating: 1, count: 64 << 20)
                let end = DispatchSemaphore(value: 0)
                Thread.detachNewThread { end.wait() }
                try await eventually("the thread runs") { try Resources().threads > before.threads }
                let after = try Resources()
                #expect(after.files > before.files)
                #expect(after.kilobytes - before.kilobytes > 4_096 * 2)
                withExtendedLifetime((files, memory)) { _ = end.signal() }
            }
        }

        private static nonisolated(nonsending) func play(
            _ client: TestClient, resets: Int, sessions: Int, _ endpoint: String
        ) async throws {
            for _ in 0..<resets { try #require(try await client.reset().reset.npRandomSeed.count == 1) }
            for _ in 0..<sessions {
                let other = try TestClient(endpoint)
                try await other.make()
                _ = try await other.reset()
                try #require(try await other.step().step.reward == 0.5)
                try #require(try await other.ask { $0.close = .init() }.close.episodes == 1)
            }
        }
    }

    /// What this process has of the system now.
    private struct Resources {
        /// Open files and sockets.
        let files: Int
        let threads: Int
        /// Resident memory.
        let kilobytes: Int

        init() throws {
            files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            func number(_ name: String) throws -> Int {
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name + ":") })
                return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
            }
            threads = try number("Threads")
            kilobytes = try number("VmRSS")
        }
    }
#endif
