import Foundation
import Gymnasium
import Pages

/// An episode as a page that needs nothing else: panels over one time axis, and the account of its tasks.
public enum EpisodePage {
    /// The page's source.
    public static func html(_ episode: Episode, _ course: EpisodeCourse, _ account: TaskAccount) -> String {
        let summary = episode.summary
        let facts = [EpisodeText.summary(episode), EpisodeText.tasks(account)].joined(separator: "\n\n")
        let note = EpisodeText.qosNote(summary, course).map { [Markup.element("p", ["class": "note"], text: $0)] } ?? []
        let scenario = Markup.element(
            "details", [:],
            [.element("summary", text: "Scenario"), .element("pre", text: episode.scenarioText)])
        let what = [summary.scenarioName.isEmpty ? nil : summary.scenarioName, summary.origin.rawValue].compactMap(
            \.self)
        return Page(
            title: "Episode \(summary.id): \(what.joined(separator: ", "))",
            subtitle: "\(summary.environmentID), seed \(summary.seed), \(EpisodeText.clock(summary.startedAt)) UTC; "
                + EpisodeText.outcome(summary),
            sections: [
                Page.section(
                    "The course", "Numbers of a window cover it; what was read at its end holds until the next.",
                    pictures(course)),
                Page.section("The account", nil, note + [.element("pre", text: facts)]),
            ] + (episode.scenarioText.isEmpty ? [] : [Page.section("What was asked of it", nil, [scenario])])
        ).text
    }

    private static func pictures(_ course: EpisodeCourse) -> [Markup] {
        guard let chart = CourseChart(course) else { return [.element("p", text: "no steps were recorded")] }
        return [chart.markup]
    }
}
