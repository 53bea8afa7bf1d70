import Foundation
import Randomness
import TestSupport
import Testing

@testable import Farm

struct PresetsTests {
    private func source(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test("Presets are found with and without their version", arguments: Scenario.presetNames)
    func names(name: String) throws {
        let preset = try Scenario.preset(name)
        #expect(preset.name == name)
        #expect(try Scenario.preset("\(name)@\(preset.version)") == preset)
    }

    @Test(arguments: [
        ("papr", "did you mean \"paper\""), ("demo@2", "did you mean \"demo@1\""), ("Demo", "did you mean \"demo\""),
        ("xyzzy", "there are: demo, demo@1, paper, paper@1, paper-as-run"), ("", "there are: demo"),
    ])
    func unknown(name: String, reason: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario.preset(name) }
        #expect(error?.reason.contains("there is no preset \"\(name)\"") == true)
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("The shipped files are the presets", arguments: ["demo", "paper"])
    func files(name: String) throws {
        #expect(try Scenario(yaml: source("examples/scenarios/\(name).yaml"), file: name) == Scenario.preset(name))
    }

    @Test("What is written of a preset reads back equal", arguments: Scenario.presetNames)
    func roundTrip(name: String) throws {
        let preset = try Scenario.preset(name)
        #expect(try Scenario(yaml: preset.yaml, file: name) == preset)
    }

    @Test("The shipped bag is a bag of six")
    func bag() throws {
        guard case .bag(let bag) = try Scenario(yaml: source("examples/scenarios/bag.yaml"), file: "bag.yaml").arrivals
        else {
            Issue.record("no bag")
            return
        }
        #expect(bag.tasks.map(\.id) == ["first", "second", "third", "json", "text", "last"])
    }

    @Test("The documentation's scenarios are scenarios", arguments: ["docs/scenarios.md", "docs/quickstart.md"])
    func documentation(path: String) throws {
        let blocks = try source(path).split(separator: "```yaml\n").dropFirst().compactMap {
            $0.split(separator: "```").first
        }
        #expect(!blocks.isEmpty)
        for block in blocks { #expect(throws: Never.self) { try Scenario(yaml: String(block), file: path) } }
    }

    @Test("demo lasts 20 s and brings about 20 tasks a second, whose work its workers can do")
    func demo() throws {
        let demo = try Scenario.preset("demo")
        #expect(demo.horizon == 20)
        #expect(abs(demo.referenceRate - 20) < 1)
        #expect(28 * demo.stages.first.service.mean < Double(demo.workers.max) * 0.8)
        #expect(demo.meanDeadline == 1.5)
        #expect(demo.scaling == .unblocked && demo.work == .sleep)
    }

    @Test("paper has the published numbers", arguments: 0..<20)
    func paper(seed: UInt64) throws {
        let paper = try Scenario.preset("paper")
        #expect(paper.horizon == 240 && paper.referenceRate == 4.75)
        #expect(paper.workers == WorkerBounds(min: 1, max: 32, initial: 12))
        #expect(paper.scaling == .blocking)
        let tasks = TaskStream(scenario: paper, seed: Seed(seed)).tasks
        #expect(tasks.count == 1_140)
        let phases = (0..<4).map { phase in tasks.count { Int($0.generatedAt / 60) == phase } }
        #expect(phases == [90, 450, 300, 300])
        let services = tasks.compactMap(\.serviceSeconds)
        #expect(services.count == 1_140 && services.allSatisfy { (0.0464...2.871).contains($0) })
        // Published: 1.470 after clipping, standard deviation 0.675. Five standard errors.
        let mean = services.reduce(0, +) / 1_140
        #expect(abs(mean - 1.470) < 0.1)
        #expect(
            zip(tasks, services).allSatisfy { abs($0.deadlineAt - $0.generatedAt - min(max(2 * $1, 0.1), 30)) < 1e-9 })
    }

    @Test(
        "Every preset can be done by its workers, and brings as many tasks as its reference rate says",
        arguments: Scenario.presetNames)
    func sanity(name: String) throws {
        let preset = try Scenario.preset(name)
        #expect(!preset.summary.isEmpty && preset.version >= 1)
        #expect((preset.workers.min...preset.workers.max).contains(preset.workers.initial))
        // On average there is work for less than all workers, and for a task there is time after its service.
        #expect(preset.referenceRate * preset.stages.first.service.mean < 0.6 * Double(preset.workers.max))
        #expect(preset.meanDeadline > 1.5 * preset.stages.first.service.mean)
        #expect(
            preset.stages.first.startUp.min <= preset.stages.first.startUp.mean
                && preset.stages.first.startUp.mean <= preset.stages.first.startUp.max)
        let expected = preset.referenceRate * preset.horizon
        // A day of 100 functions is 600,000 tasks; one drawing of them is enough.
        let seeds: Range<UInt64> = expected > 50_000 ? 0..<1 : 0..<30
        let counts = Moments(seeds.map { Double(preset.arrivals.times(seed: $0, horizon: preset.horizon).count) })
        // Shuffled rates differ by a factor of 18.
        let spread = name == "shuffled" ? expected * 0.6 : expected.squareRoot()
        #expect(abs(counts.mean - expected) <= 5 * spread / Double(seeds.count).squareRoot() + 1)
    }

    @Test("Where the documents say how many, there are so many")
    func counts() throws {
        func mean(_ name: String) throws -> Double {
            let preset = try Scenario.preset(name)
            return preset.referenceRate * preset.horizon
        }
        #expect(try abs(mean("bench-farm") - 2_800) < 1e-6)
        #expect(try abs(mean("paper-as-run") - 1_140) < 1e-6)
        #expect(try abs(mean("steady") - 1_600) < 1e-6)
        #expect(try abs(mean("oscillating") - 1_600) < 1e-6)
        #expect(try abs(mean("burst") - 1_040) < 1e-6)
    }
}
