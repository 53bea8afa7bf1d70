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
                c_seconds_bucket{le="1"} 3
                c_seconds_bucket{le="+Inf"} 4
                c_seconds_sum 5.65
                c_seconds_count 4

                """)
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
        #expect(text.contains("t_bucket{le=\"1\"} 8000\n"))
    }
}
