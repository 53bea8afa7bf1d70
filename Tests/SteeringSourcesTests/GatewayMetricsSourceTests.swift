import Farm
import Randomness
import Steering
import SteeringSources
import StubGateway
import Testing

@Suite("The gateway's metrics as a source")
struct GatewayMetricsSourceTests {
    /// What a gateway has counted of a function.
    struct Counts {
        var started = 0
        /// By status: calls, their seconds, those within 2.5 s.
        var ended: [Int: (count: Int, seconds: Double, inTime: Int)] = [:]
        var processStart: Double?
        var label = "resize.openfaas-fn"

        var text: String {
            var text = "# TYPE gateway_function_invocation_started counter\n"
            text += #"gateway_function_invocation_started{function_name="\#(label)"} \#(started)"# + "\n"
            for (code, calls) in ended {
                let labels = #"code="\#(code)",function_name="\#(label)""#
                text += "gateway_function_invocation_total{\(labels)} \(calls.count)\n"
                text += "gateway_functions_seconds_bucket{\(labels),le=\"2.5\"} \(calls.inTime)\n"
                text += "gateway_functions_seconds_bucket{\(labels),le=\"+Inf\"} \(calls.count)\n"
                text += "gateway_functions_seconds_sum{\(labels)} \(calls.seconds)\n"
                text += "gateway_functions_seconds_count{\(labels)} \(calls.count)\n"
            }
            if let processStart { text += "process_start_time_seconds \(processStart)\n" }
            return text
        }
    }

    private func source(
        _ page: Page, functions: [String] = ["resize"], namespace: String? = nil, deadline: Double = 2.5
    ) throws -> (source: GatewayMetricsSource, stub: StubGateway) {
        let stub = try StubGateway { _ in page.answer }
        let source = GatewayMetricsSource(
            try MetricsEndpoint(stub.url), functions: functions, namespace: namespace, deadline: deadline,
            timeout: .seconds(20), now: { 1_000 })
        return (source, stub)
    }

    @Test("counts become differences; the first reading is of no time")
    func differences() async throws {
        let page = Page(.text(Counts(started: 10, ended: [200: (8, 4, 7)]).text))
        let (source, stub) = try source(page)
        defer { stub.stop() }
        let first = try await source.read()
        #expect(first.seconds == 0 && first.time == 1_000)
        #expect(first.arrivals == 0 && first.completions == 0 && first.running == 2)
        #expect(first.responseSeconds == nil && first.met == 0 && first.missed == 0)

        page.answer = .text(Counts(started: 20, ended: [200: (12, 12, 9), 500: (1, 0.5, 1), 429: (2, 0, 2)]).text)
        let second = try await source.read()
        #expect(second.seconds > 0)
        #expect(second.arrivals == 10 && second.completions == 7 && second.failures == 3 && second.running == 5)
        #expect(second.responseSeconds == 8.5 / 7)
        #expect(second.met == 2 && second.missed == 5)
        // What waits nobody sees, and what a call needs is not told apart from its waiting.
        #expect(second.queued == nil && second.oldestAge == nil && second.serviceSeconds == nil)
        #expect(source.absences == [.queue, .oldestAge, .utilisation, .service, .calls])
        #expect(stub.requests.allSatisfy { $0.method == "GET" && $0.path == "/metrics" })
    }

    @Test("a reading that fails is made up for by the next one")
    func failureIsMadeUpFor() async throws {
        let page = Page(.text(Counts(started: 10).text))
        let (source, stub) = try source(page)
        defer { stub.stop() }
        _ = try await source.read()
        page.answer = .text("no", status: 503)
        #expect(
            try await failure { _ = try await source.read() }.description.contains("answered 503, expected 200: no"))
        page.answer = .text(Counts(started: 14).text)
        #expect(try await source.read().arrivals == 4)
    }

    @Test("a gateway that began anew counts from 0, and never backwards", arguments: [nil, 2_000.0])
    func restart(processStart: Double?) async throws {
        let before = processStart.map { _ in 500.0 }
        let page = Page(.text(Counts(started: 100, ended: [200: (90, 45, 90)], processStart: before).text))
        let (source, stub) = try source(page)
        defer { stub.stop() }
        _ = try await source.read()
        page.answer = .text(Counts(started: 3, ended: [200: (1, 2, 1)], processStart: processStart).text)
        let sighting = try await source.read()
        #expect(sighting.arrivals == 3 && sighting.completions == 1 && sighting.running == 2)
        #expect(sighting.responseSeconds == 2)
        // More has come to an end than has begun: what it has not seen begin runs, and nobody knows how much.
        page.answer = .text(Counts(started: 1, ended: [200: (2, 2, 1)], processStart: processStart).text)
        let doubtful = try await source.read()
        #expect(doubtful.running == nil && doubtful.arrivals == 1)
        page.answer = .text(Counts(started: 5, ended: [200: (4, 4, 1)], processStart: processStart).text)
        #expect(try await source.read().running == 1)
    }

    @Test("a restart is seen by the process's start even where the counts have gone on")
    func restartThatOvertakes() async throws {
        let page = Page(.text(Counts(started: 5, processStart: 500).text))
        let (source, stub) = try source(page)
        defer { stub.stop() }
        _ = try await source.read()
        page.answer = .text(Counts(started: 9, processStart: 1_001).text)
        #expect(try await source.read().arrivals == 9)
    }

    @Test("several gateways in turns are no restarts")
    func severalGateways() async throws {
        let page = Page(.text(Counts(started: 100, processStart: 500).text))
        let (source, stub) = try source(page)
        defer { stub.stop() }
        _ = try await source.read()
        page.answer = .text(Counts(started: 1_000_000, processStart: 400).text)
        #expect(try await failure { _ = try await source.read() }.description.contains("several gateways in turns"))
    }

    @Test("calls are never below none, however the two counters were read")
    func runningIsNeverNegative() async throws {
        let page = Page(.text(Counts(started: 10, ended: [200: (11, 4, 7)]).text))
        let (source, stub) = try source(page)
        defer { stub.stop() }
        #expect(try await source.read().running == 0)
    }

    @Test("over restarts and failures, each call that was counted is told of once")
    func conservation() async throws {
        let page = Page(.text(Counts().text))
        let (source, stub) = try source(page)
        defer { stub.stop() }
        var generator = PCG64(seed: Seed(5))
        func draw(_ most: Int) -> Int { Int(generator.nextDouble() * Double(most + 1)) }
        var counts = Counts()
        var (expected, told) = ((arrivals: 0, ends: 0), (arrivals: 0, ends: 0))
        _ = try await source.read()
        for _ in 0..<60 {
            if draw(9) == 0 { counts = Counts() }
            let (came, went) = (draw(20), draw(20))
            counts.started += came
            let ends = min(went, counts.started - counts.ended.values.reduce(0) { $0 + $1.count })
            var ended = counts.ended[200] ?? (0, 0, 0)
            ended = (ended.count + ends, ended.seconds + Double(ends), ended.inTime)
            counts.ended[200] = ended
            (expected.arrivals, expected.ends) = (expected.arrivals + came, expected.ends + ends)
            page.answer = .text(counts.text)
            let sighting = try await source.read()
            #expect((sighting.arrivals ?? -1) >= 0 && (sighting.running ?? 0) >= 0)
            (told.arrivals, told.ends) = (
                told.arrivals + (sighting.arrivals ?? 0), told.ends + (sighting.completions ?? 0)
            )
        }
        // A restart that overtakes the old counts within a period cannot be seen without the process's start; it hides calls, and
        // never makes any up.
        #expect(told.arrivals <= expected.arrivals && told.ends <= expected.ends)
        #expect(Double(told.arrivals) > 0.8 * Double(expected.arrivals))
    }

    @Test("names have a namespace or none, which is said where there are several")
    func namespaces() async throws {
        let page = Page(.text(Counts(started: 3, label: "resize").text + Counts(started: 9, label: "resize-2").text))
        let (bare, stub) = try source(page)
        defer { stub.stop() }
        #expect(try await bare.read().running == 3)
        let (both, stub2) = try source(page, functions: ["resize", "resize-2"])
        defer { stub2.stop() }
        #expect(try await both.read().running == 12)
        page.answer = .text(Counts(started: 3, label: "resize.a").text + Counts(started: 4, label: "resize.b").text)
        #expect(try await failure { _ = try await bare.read() }.description.contains("several namespaces"))
        let (named, stub3) = try source(page, namespace: "b")
        defer { stub3.stop() }
        #expect(try await named.read().running == 4)
    }

    @Test("a deadline that is no bound of the histogram's is not told of")
    func deadlineBetweenBuckets() async throws {
        let page = Page(.text(Counts(started: 10, ended: [200: (8, 4, 7)]).text))
        let (source, stub) = try source(page, deadline: 2)
        defer { stub.stop() }
        #expect(source.absences.contains(.deadlines))
        #expect(try await source.read().met == nil)
    }

    @Test("a gateway that does not count beginnings tells of no arrivals")
    func withoutStarts() async throws {
        let page = Page(.text("gateway_function_invocation_total{code=\"200\",function_name=\"resize\"} 7\n"))
        let (source, stub) = try source(page)
        defer { stub.stop() }
        let sighting = try await source.read()
        #expect(sighting.arrivals == nil && sighting.running == nil && sighting.completions == 0)
    }

    @Test(
        "what is no gateway's is refused: nothing known is not nothing there",
        arguments: [
            ("<html>hello</html>", "are no Prometheus text: line 1"), ("", "nothing of a gateway's"),
            ("go_info 1\nprocess_start_time_seconds 3\n", "port 8082"),
            ("gateway_function_invocation_total{code=\"200\",function_name=\"resize\"} NaN", "expected a count"),
        ])
    func refusals(text: String, reason: String) async throws {
        let (source, stub) = try source(Page(.text(text)))
        defer { stub.stop() }
        #expect(try await failure { _ = try await source.read() }.description.contains(reason))
    }

    @Test("a gateway that nobody has called yet is one")
    func untouched() async throws {
        let (source, stub) = try source(Page(.text("# TYPE gateway_function_invocation_started counter\n")))
        defer { stub.stop() }
        let sighting = try await source.read()
        #expect(sighting.arrivals == 0 && sighting.running == 0 && sighting.met == 0)
    }

    @Test("one that is silent is waited for so long and no longer")
    func silence() async throws {
        let stub = try StubGateway { _ in .silence }
        defer { stub.stop() }
        let source = GatewayMetricsSource(
            try MetricsEndpoint(stub.url), functions: ["resize"], deadline: 1, timeout: .milliseconds(100))
        _ = try await failure { _ = try await source.read() }
        stub.stop()
        _ = try await failure { _ = try await source.read() }
    }
}
