import Testing

@testable import Learning

@Suite struct TrainingProgressTests {
    @Test("Results of a round's episodes are averaged by name; what is not finite is left out")
    func results() {
        func end(_ qos: Double) -> EpisodeEnd {
            EpisodeEnd(step: 1, episodicReturn: 0, length: 1, result: [TrainingProgress.Metric("qos", qos)])
        }
        let progress = TrainingProgress(step: 1, episodes: [end(0.5), end(1), end(.nan)], metrics: [:])
        #expect(progress.meanResults == [TrainingProgress.Metric("qos", 0.75)])
        #expect(TrainingProgress(step: 1, episodes: [], metrics: [:]).meanResults.isEmpty)
    }
}
