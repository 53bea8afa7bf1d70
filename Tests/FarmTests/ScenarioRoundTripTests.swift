import TestSupport
import Testing

@testable import Farm

struct ScenarioRoundTripTests {
    @Test("Every scenario is written so that it reads back equal", arguments: 0..<300)
    func randomScenarios(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let scenario = Scenario.random(using: &generator)
        let text = scenario.yaml
        let again = try Scenario(yaml: text, file: "seed \(seed)")
        let isEqual = again == scenario
        #expect(isEqual, "\(text)")
        // Equality of strings is canonical equivalence; the bytes show that not even that is used.
        let hasEqualBytes = Array(again.yaml.utf8) == Array(text.utf8)
        #expect(hasEqualBytes, "\(text)")
    }

    @Test("A text with some bytes changed is read or refused, never more", arguments: 0..<300)
    func damagedTexts(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var bytes = Array((seed % 2 == 0 ? Scenario.validFile : Scenario.random(using: &generator).yaml).utf8)
        let strange = Array("\0\t\n\"'\\:#&*-{}[],|>%@`!?0-9eE+.~\u{85}é".utf8)
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes.remove(at: place)
            case 1: bytes[place] = strange.randomElement(using: &generator) ?? 0
            default: bytes.insert(strange.randomElement(using: &generator) ?? 0, at: place)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            let scenario = try Scenario(yaml: text, file: "damaged")
            #expect(throws: Never.self) { try Scenario(yaml: scenario.yaml, file: "again") }
        } catch let error as ScenarioError {
            #expect(error.file == "damaged")
            #expect((0...text.utf8.count + 1).contains(error.line))
            #expect(!error.reason.isEmpty)
            #expect(error.reason.utf8.count < 1_000)
        } catch {
            Issue.record("\(error)")
        }
    }
}
