import CoreMetrics
import Metrics
import Testing

@testable import Prometheus

@Suite("The registry of Prometheus's metrics")
struct PrometheusRegistryTests {
    @Test("writes each kind of instrument as Prometheus's text, by name and labels, help where there is some")
    func text() async {
        let registry = PrometheusRegistry(help: ["b_total": "What b is."], bounds: [0.1, 1])
        Counter(label: "b_total", dimensions: [("kind", "y")], factory: registry).increment(by: 2)
        Counter(label: "b_total", dimensions: [("kind", "x")], factory: registry).increment()
        let gauge = Meter(label: "a", factory: registry)
        gauge.set(3.5)
        gauge.increment(by: 1)
        let timer = Timer(label: "c_seconds", factory: registry)
        for milliseconds in [50, 100, 500, 5_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            await registry.text() == """
                # TYPE a gauge
                a 4.5
                # HELP b_total What b is.
                # TYPE b_total counter
                b_total{kind="x"} 1
                b_total{kind="y"} 2
                # TYPE c_seconds histogram
                c_seconds_bucket{le="0.1"} 2
                c_seconds_bucket{le="1.0"} 3
                c_seconds_bucket{le="+Inf"} 4
                c_seconds_sum 5.65
                c_seconds_count 4

                """)
    }

    @Test("writes OpenMetrics to who asks for it: families without _total, canonical bounds, an end")
    func openMetrics() async {
        let registry = PrometheusRegistry(help: ["b_total": "What b is."], bounds: [1])
        Counter(label: "b_total", factory: registry).increment()
        Counter(label: "looks", factory: registry).increment()
        Timer(label: "c_seconds", factory: registry).recordSeconds(1)
        #expect(
            await registry.text(.openMetrics) == """
                # HELP b What b is.
                # TYPE b counter
                b_total 1
                # TYPE c_seconds histogram
                c_seconds_bucket{le="1.0"} 1
                c_seconds_bucket{le="+Inf"} 1
                c_seconds_sum 1
                c_seconds_count 1
                # TYPE looks unknown
                looks 1
                # EOF

                """)
    }

    @Test("lets no gauge have the family of a counter")
    func families() async {
        let registry = PrometheusRegistry()
        Counter(label: "n_total", factory: registry).increment()
        Meter(label: "n", factory: registry).set(7)
        #expect(await registry.text() == "# TYPE n_total counter\nn_total 1\n")
    }

    @Test(
        "reads what a scraper accepts",
        arguments: [
            (nil, .plain), ("*/*", .plain), ("text/plain;version=0.0.4", .plain),
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            ("application/openmetrics-text; q=0.3, text/plain; q=0.5", .plain),
            ("application/openmetrics-text;q=0", .plain), ("application/openmetrics-text;q=x", .openMetrics),
        ] as [(String?, MetricsFormat)])
    func accepting(_ header: String?, _ format: MetricsFormat) {
        #expect(MetricsFormat(accepting: header) == format)
    }

    @Test("gives one instrument to all who name it, and leaves a name to its first kind")
    func sharing() async {
        let registry = PrometheusRegistry()
        for _ in 0..<3 { Counter(label: "n", factory: registry).increment() }
        Meter(label: "n", factory: registry).set(7)
        #expect(await registry.text() == "# TYPE n counter\nn 3\n")
    }

    @Test("makes names and label values such that Prometheus reads them")
    func escaping() async {
        let registry = PrometheusRegistry()
        Counter(label: "1.a-b", dimensions: [("k.x", "say \"a\\b\"\n")], factory: registry).increment()
        #expect(await registry.text() == "# TYPE _1_a_b counter\n_1_a_b{k_x=\"say \\\"a\\\\b\\\"\\n\"} 1\n")
    }

    @Test("has gauges set before each text")
    func refreshing() async {
        let registry = PrometheusRegistry()
        let gauge = Meter(label: "g", factory: registry)
        let looks = Counter(label: "looks", factory: registry)
        registry.beforeText {
            looks.increment()
            gauge.set(9)
        }
        _ = await registry.text()
        #expect(await registry.text() == "# TYPE g gauge\ng 9\n# TYPE looks counter\nlooks 2\n")
    }

    @Test("loses no increment of many threads")
    func concurrency() async {
        let registry = PrometheusRegistry(bounds: [1])
        let counter = Counter(label: "n", factory: registry)
        let timer = Timer(label: "t", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        let text = await registry.text()
        #expect(text.contains("\nn 8000\n"))
        #expect(text.contains("t_bucket{le=\"1.0\"} 8000\n"))
    }
}
