import Pages
import Testing

@testable import Evaluation

@Suite struct TraceChartTests {
    @Test("no traces, no chart")
    func none() {
        var result = Fixtures.evaluation(episodes: 2)
        for index in result.policies.indices { result.policies[index].trace = nil }
        #expect(TraceChart(result) == nil)
        result.policies[0].trace = EpisodeTrace(seed: 1, windows: [])
        #expect(TraceChart(result) == nil)
    }

    @Test("a line a policy for ready, desired and queue; arrivals that are the same for all are one area")
    func lines() throws {
        let source = try #require(TraceChart(Fixtures.evaluation(episodes: 2))).markup.source
        #expect(source.occurrences(of: "class=\"line\"") == 3 + 3)
        #expect(source.occurrences(of: "class=\"line wanted\"") == 3)
        #expect(source.occurrences(of: "class=\"area\"") == 1)
    }

    @Test("arrivals that differ are a line a policy")
    func arrivals() throws {
        var result = Fixtures.evaluation(episodes: 2)
        result.policies[0].trace?.windows[3].arrivalRate = 2.5
        let source = try #require(TraceChart(result)).markup.source
        #expect(source.occurrences(of: "class=\"line\"") == 3 + 3 + 3)
        #expect(!source.contains("class=\"area\""))
    }

    @Test("time is in seconds, minutes or hours, long queues on a logarithmic axis")
    func units() throws {
        func chart(windows: Int, queue: Double) throws -> String {
            var result = Fixtures.evaluation(episodes: 2)
            result.policies[0].trace = Fixtures.trace(workers: 12, windows: windows)
            result.policies[0].trace?.windows[0].queueLength = queue
            return try #require(TraceChart(result)).markup.source
        }
        #expect(try chart(windows: 30, queue: 3).contains("time, s<"))
        #expect(try chart(windows: 200, queue: 3).contains("time, min<"))
        #expect(try chart(windows: 10_000, queue: 3).contains("time, h<"))
        #expect(try !chart(windows: 30, queue: 3).contains("logarithmic"))
        #expect(try chart(windows: 30, queue: 300).contains("queue, tasks (logarithmic)"))
    }

    @Test("long episodes are averaged: the mean and the end stay")
    func thinned() {
        let windows = Fixtures.trace(workers: 5, windows: 10_000).windows
        let thinned = TraceChart.thinned(windows, to: 1_000)
        #expect(thinned.count == 1_000 && thinned.last?.time == windows.last?.time)
        let (before, after) = (Sample.mean(windows.map(\.desired)), Sample.mean(thinned.map(\.desired)))
        #expect(abs(before - after) < 1e-9)
        #expect(TraceChart.thinned(Array(windows.prefix(7)), to: 1_000) == Array(windows.prefix(7)))
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func occurrences(of text: String) -> Int { ranges(of: text).count }
}
