import FarmEnvironments
import Foundation
import Gymnasium
import Testing

@testable import Evaluation

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct HTMLReportTests {
    private func page(_ result: EvaluationResult) throws -> String {
        HTMLReport.text(try Comparison(result, resamples: 200))
    }

    @Test("pictures, tables and notes are there")
    func complete() throws {
        let page = try page(Fixtures.evaluation())
        #expect(page.hasPrefix("<!doctype html>"))
        for text in [
            "<h1>paper-as-run@1</h1>", "Against ratchet", "One episode", "seed 100", "BCa bootstrap",
            "seeds 100 to 119",
            "hindsight", "lower bound", "static:12", "prefers-color-scheme:dark", "class=\"fixedline\"",
            "under fixed line (%)",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(page.ranges(of: "<svg class=\"picture\"").count == 2)
    }

    @Test("no table has more columns than a page of 1,280 pixels shows, and every metric is in one")
    func columns() throws {
        let page = try page(Fixtures.evaluation())
        let heads = page.split(separator: "<thead>").dropFirst().map { $0.split(separator: "</thead>")[0] }
        #expect(heads.count > 4)
        for head in heads { #expect(head.ranges(of: "scope=\"col\"").count <= 8) }
        for metric in Metric.allCases { #expect(heads.contains { $0.contains(">\(MetricText(metric).title)<") }) }
    }

    @Test("a live farm's page says so, in its title, its heading and its episode")
    func live() throws {
        var result = Fixtures.evaluation()
        result.provenance = .live(backend: "openfaas", speed: 2)
        let page = try page(result)
        #expect(page.contains("<title>paper-as-run@1, live: "))
        #expect(page.contains("<p>live (openfaas, speed 2): 20 episodes"))
        #expect(page.contains("The live episode of seed 100"))
    }

    @Test("it loads nothing and runs nothing")
    func selfContained() throws {
        let page = try page(Fixtures.evaluation())
        for text in ["http:", "https:", "<script", "<link", "<img", "@import", "src=", "href=", "onload"] {
            #expect(!page.contains(text), "\(text)")
        }
        // The only reference is to the page's own clip path.
        #expect(page.ranges(of: "url(").count == page.ranges(of: "url(#trade-off)").count)
    }

    @Test("no name gets out of its place")
    func escaped() throws {
        var result = Fixtures.evaluation(episodes: 2)
        let evil = "</style><script>alert('x')</script>\"onload=\"&"
        result.scenario = evil
        result.action = evil
        result.policies[1].policy = evil
        result.baseline = evil
        result.fixedLine[0].policy = evil + "2"
        let page = try page(result)
        #expect(!page.contains("<script") && !page.contains("\"onload") && !page.contains("alert('"))
        #expect(page.ranges(of: "</style>").count == 1)
        #expect(page.contains("&lt;script&gt;"))
    }

    @Test("no number is missing: neither NaN nor infinity, with one episode, one policy, no spread")
    func numbers() throws {
        let alone = EvaluationResult(
            scenario: "s", episodes: 1, seed: 100, action: "paper",
            policies: [Fixtures.policy("p", qos: [1], workers: [0])])
        var flat = Fixtures.evaluation(episodes: 3)
        for index in flat.policies.indices { flat.policies[index].episodes = flat.policies[0].episodes }
        for result in [alone, flat, Fixtures.evaluation(episodes: 1), Fixtures.evaluation(episodes: 50)] {
            let text = try page(result).lowercased()
            let words = text.split { !$0.isLetter }
            #expect(!words.contains("nan") && !words.contains("inf") && !words.contains("infinity"))
        }
    }

    @Test("without baseline, line, yardsticks and traces their sections are left out")
    func least() throws {
        let result = EvaluationResult(
            scenario: "s", episodes: 1, seed: 100, action: "paper",
            policies: [Fixtures.policy("p", qos: [0.9], workers: [12])])
        let page = try page(result)
        for text in ["Against", "One episode", "class=\"fixedline\"", "hindsight", "under fixed line"] {
            #expect(!page.contains(text), "\(text)")
        }
    }

    @Test("elements are closed in order: what is between <body> and </body> is well-formed XML")
    func wellFormed() throws {
        let page = try page(Fixtures.evaluation())
        let start = try #require(page.range(of: "<body>")).lowerBound
        let end = try #require(page.range(of: "</body>")).upperBound
        let parser = XMLParser(data: Data(page[start..<end].utf8))
        #expect(parser.parse())
    }
}
