import Foundation
import TestSupport
import Testing

@testable import Farm

struct ArrivalTraceTests {
    private let text = "# Somewhere, 2019 (CC-BY).\n# a second line\nstart_seconds,requests\n0,3\n60,0\n120,12\n"

    private func file(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "examples/scenarios/traces/" + path), encoding: .utf8)
    }

    @Test("A trace says what it says, with Windows' line ends, blanks and blank lines too")
    func reading() throws {
        let expected = ArrivalTrace(
            seconds: 60, counts: [3, 0, 12], source: "Somewhere, 2019 (CC-BY). a second line")
        #expect(try ArrivalTrace(csv: text) == expected)
        #expect(try ArrivalTrace(csv: text.replacing("\n", with: "\r\n")) == expected)
        #expect(try ArrivalTrace(csv: text.replacing("\n", with: " \n\n")) == expected)
        #expect(try ArrivalTrace(csv: String(text.dropLast())) == expected)
        #expect(expected.duration == 180)
    }

    @Test("What is written reads back equal, whole and broken numbers alike", arguments: 0..<50)
    func roundTrip(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let isExact = seed % 2 == 0
        let counts = (0..<Int.random(in: 2...300, using: &generator)).map { _ in
            isExact ? Double(Int.random(in: 0...9, using: &generator)) : Double.random(in: 0...9, using: &generator)
        }
        let trace = ArrivalTrace(
            seconds: Double.random(in: 0.001...5_000, using: &generator), counts: counts, isExact: isExact, source: "x")
        #expect(try ArrivalTrace(csv: trace.csv, isExact: isExact) == trace)
    }

    @Test(arguments: [
        ("start_seconds,requests", "start,requests", 3, "got \"start,requests\""),
        ("start_seconds,requests\n", "", 3, "begins with the heading start_seconds,requests; got \"0,3\""),
        ("0,3", "0;3", 4, "a row is start_seconds,requests, two numbers; got \"0;3\""),
        ("0,3", "0,3,5", 4, "two numbers"), ("0,3", "0,", 4, "two numbers"), ("0,3", "x,3", 4, "two numbers"),
        ("0,3", "inf,3", 4, "two numbers"), ("0,3", "0,-3", 4, "whole number from 0 to 1000000000, got -3"),
        ("0,3", "0,nan", 4, "got nan"), ("0,3", "0,inf", 4, "got inf"), ("0,3", "0,2e9", 4, "got 2e9"),
        ("0,3", "0,1.5", 4, "got 1.5"), ("0,3", "5,3", 4, "the first window begins at 0, got 5.0"),
        ("60,0\n", "", 5, "a trace has two windows at least"),
        ("120,12", "180,12", 6, "the trace has a hole: a window that begins at 120.0 was expected, got 180.0"),
        ("120,12", "60,12", 6, "120.0 was expected, got 60.0"), ("60,0", "0,0", 5, "hole"),
        ("60,0", "-60,0", 5, "hole"),
    ])
    func refusals(old: String, new: String, line: Int, reason: String) throws {
        var changed = text.replacing(old, with: new)
        if reason.contains("two windows") { changed = changed.replacing("120,12\n", with: "") }
        let error = #expect(throws: ScenarioError.self) {
            try ArrivalTrace(csv: changed, firstLine: 1, file: "day.csv")
        }
        #expect(
            error?.file == "day.csv" && (error?.line == line || reason.contains("two windows")),
            "\(String(describing: error))")
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("No text is no trace", arguments: ["", "\n\n", "# only this\n", "start_seconds,requests\n"])
    func empty(text: String) {
        let error = #expect(throws: ScenarioError.self) { try ArrivalTrace(csv: text) }
        #expect(error?.reason.contains("two windows at least, got 0") == true)
    }

    @Test("Rates need not be whole numbers")
    func rates() throws {
        let trace = try ArrivalTrace(csv: text.replacing("0,3", with: "0,1.5"), isExact: false)
        #expect(trace.counts == [1.5, 0, 12])
    }

    @Test(
        "The presets' traces are those of the files",
        arguments: [
            ("azure-day", "azure-functions-2019-day.csv"), ("azure-bursty", "azure-functions-2019-bursty.csv"),
            ("llm-code", "azure-llm-2023-code.csv"),
        ])
    func presets(name: String, path: String) throws {
        guard case .trace(let embedded) = try Scenario.preset(name).arrivals else {
            Issue.record("\(name) has no trace")
            return
        }
        let shipped = try ArrivalTrace(csv: file(path), file: path)
        #expect(embedded.seconds == shipped.seconds)
        let areEqual = embedded.counts == shipped.counts
        #expect(areEqual, "\(embedded.counts.count) and \(shipped.counts.count) windows")
        #expect(embedded.isExact == shipped.isExact)
        #expect(shipped.source.hasPrefix(embedded.source), "\(shipped.source)")
        // The whole of it and nothing after it is played.
        #expect(try Scenario.preset(name).horizon >= embedded.duration - 60)
    }

    @Test("An exact trace brings each window's number in that window", arguments: 0..<20)
    func exact(seed: UInt64) {
        let trace = ArrivalTrace(seconds: 7, counts: [3, 0, 12, 1, 0, 0, 400])
        let times = Arrivals.trace(trace).times(seed: seed)
        #expect(
            trace.counts.indices.map { window in times.count { Int($0 / 7) == window } } == [3, 0, 12, 1, 0, 0, 400])
        #expect(times == times.sorted())
    }

    @Test("Other traces bring Poisson numbers of that mean, at uniform times")
    func poisson() {
        let trace = ArrivalTrace(seconds: 7, counts: [3, 0, 12.5], isExact: false)
        let all = (0..<4_000).map { Arrivals.trace(trace).times(seed: $0) }
        for (window, mean) in trace.counts.enumerated() {
            let counts = Moments(all.map { Double($0.count { Int($0 / 7) == window }) })
            #expect(abs(counts.mean - mean) <= 5 * (mean / 4_000).squareRoot())
            #expect(abs(counts.variance - mean) <= 5 * mean * (2.4 / 4_000).squareRoot())
        }
        let within = Moments(all.joined().filter { $0 >= 14 }.map { ($0 - 14) / 7 })
        #expect(abs(within.mean - 0.5) < 0.01 && abs(within.variance - 1.0 / 12) < 0.002)
    }

    @Test("Expected counts are those of the windows, cut ones in proportion")
    func expectedCounts() {
        let arrivals = Arrivals.trace(ArrivalTrace(seconds: 10, counts: [4, 0, 8]))
        #expect([-5, 0, 5, 10, 19, 20, 22.5, 30, 1e9].map(arrivals.expectedCount) == [0, 0, 2, 4, 4, 4, 6, 12, 12])
        #expect(arrivals.isFixedCount && arrivals.phasesToCome(at: 0) == 0)
        #expect(!Arrivals.trace(ArrivalTrace(seconds: 10, counts: [4], isExact: false)).isFixedCount)
    }
}
