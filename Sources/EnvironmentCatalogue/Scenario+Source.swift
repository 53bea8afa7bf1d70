public import Farm
import Foundation

extension Scenario {
    /// The scenario that people mean by a text: a preset's name, a recorded episode (``RecordedScenario``), or a file, which is
    /// what has a dot or a slash in it.
    ///
    /// - Throws: ``CatalogueError`` for a file that cannot be read, `ScenarioError`, `EpisodeStoreError`.
    public init(source text: String) throws {
        if text.hasPrefix(RecordedScenario.prefix) {
            self = try RecordedScenario.read(text)
        } else if text.hasPrefix(ScenarioFamily.prefix) {
            throw CatalogueError("\(text) is a family of scenarios, to train on; one scenario was expected")
        } else if !text.contains(where: { $0 == "." || $0 == "/" }) {
            self = try Scenario.preset(text)
        } else if let yaml = try? String(contentsOfFile: text, encoding: .utf8) {
            self = try Scenario(yaml: yaml, file: text)
        } else {
            throw CatalogueError(
                "there is no readable scenario file \(text); presets are \(Scenario.presetNames.joined(separator: ", "))"
            )
        }
    }
}
