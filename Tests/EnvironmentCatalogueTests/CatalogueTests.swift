import Farm
import FarmEnvironments
import Foundation
import Gymnasium
import Testing

@testable import EnvironmentCatalogue

@Suite("What can be made")
struct CatalogueTests {
    @Test("Farms, which are simulated where there are no live ones, and classic control; replays with a recording only")
    func registry() async throws {
        let specs = EnvironmentCatalogue.registry().specs
        #expect(specs.contains { $0.id == "faasfarm/CartPole-v1" })
        #expect(!specs.contains { $0.id == "faasfarm/Replay-v0" })
        let farm = try #require(specs.first { $0.id == "faasfarm/Farm-v0" })
        #expect(farm.arguments.first { $0.name == "backend" }?.defaultValue == "simulator")
    }

    @Test("A source makes vectors in this process, with the last of equal arguments")
    func source() async throws {
        let arguments = EnvironmentSource.arguments(
            [Value.Entry("scenario", "paper"), Value.Entry("action", "paper")], [Value.Entry("scenario", "demo")])
        #expect(arguments.map(\.key) == ["action", "scenario"])
        let vector = try await EnvironmentSource(endpoint: nil).vector(
            FarmEnvironmentRegistration.id, arguments, atMost: 2, autoresetMode: .disabled)
        defer { vector.closeNow() }
        #expect(vector.count == 2)
        #expect(vector.arguments["backend"] == "simulator")
    }

    @Test("Places of farms that are simulated here, and of those that turn out to be")
    func places() throws {
        try FarmPlace(backend: "simulator").check(endpoint: nil)
        try FarmPlace(backend: "embedded", speed: 2, takeover: true).check(endpoint: "tcp://farm:1")
        for place in [FarmPlace(backend: "embedded"), FarmPlace(speed: 2), FarmPlace(takeover: true)] {
            #expect(throws: CatalogueError.self) { try place.check(endpoint: nil) }
        }
        #expect(throws: CatalogueError.self) { try FarmPlace(speed: 2).check(.simulated) }
        try FarmPlace(speed: 2).check(.live(backend: "embedded", speed: 2))
        #expect(
            FarmPlace(backend: "openfaas", speed: 2, takeover: true).arguments.map(\.key) == [
                "backend", "speed", "takeover",
            ])
        #expect(FarmPlace().arguments.isEmpty)
    }

    @Test("A scenario's source: a preset, a file, and what is neither")
    func scenarios() throws {
        #expect(try Scenario(source: "demo").name == "demo")
        let path = FileManager.default.temporaryDirectory.appending(path: "mine-\(UUID()).yaml").path
        try Scenario.preset("demo").yaml.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try Scenario(source: path).name == "demo")
        #expect(throws: CatalogueError.self) { try Scenario(source: "./none.yaml") }
        #expect(throws: (any Error).self) { try Scenario(source: "none") }
        #expect(throws: (any Error).self) { try Scenario(source: "recording:none.sqlite") }
    }
}
