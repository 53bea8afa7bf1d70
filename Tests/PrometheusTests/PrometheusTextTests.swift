import Prometheus
import Testing

@Suite("Prometheus's text format, read")
struct PrometheusTextTests {
    private func samples(_ text: String) throws(PrometheusText.Failure) -> [PrometheusText.Sample] {
        try PrometheusText(Array(text.utf8)).samples
    }

    @Test("takes what the format's documentation has")
    func documentation() throws {
        let text = #"""
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            # Escaping in label values:
            msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
            metric_without_timestamp_and_labels 12.47

            something_weird{problem="division by zero"} +Inf -3982045
            a_histogram_bucket{le="0.05",} 24054 # {trace="x"} 0.04 1520879607.789
              tabs	{ a = "b" }	NaN
            # EOF
            """#
        let samples = try samples(text)
        #expect(samples.count == 6)
        #expect(
            samples[0] == .init(name: "http_requests_total", labels: ["method": "post", "code": "200"], value: 1027))
        #expect(samples[1].labels["error"] == "Cannot find file:\n\"FILE.TXT\"")
        #expect(samples[1].labels["path"] == #"C:\DIR\FILE.TXT"#)
        #expect(samples[2].value == 12.47)
        #expect(samples[3].value == .infinity)
        #expect(samples[4].labels == ["le": "0.05"])
        #expect(samples[5].value.isNaN && samples[5].labels == ["a": "b"])
    }

    @Test(
        "refuses what is none, and says where",
        arguments: [
            ("<html>", #"line 1 of the metrics: got "<html>", expected a metric's name"#), ("a", "expected a value"),
            ("a 1\nb x", #"line 2 of the metrics: got "x", expected a value"#), ("a{b=\"c} 1", #"expected """#),
            ("a{b=1} 1", #"expected """#), ("a{b=\"c\" d=\"e\"} 1", #"expected "}""#),
            ("a{b=\"1\",b=\"2\"} 1", "twice"),
            ("a{1=\"\"} 1", "expected a label's name"), ("a 1 2 3", "expected the line's end"),
            ("a 1 x", "expected a time"), ("a{b=\"\\t\"} 1", "expected \\\\"), ("1a 1", "expected a metric's name"),
            ("{\"status\":1}", "expected a metric's name"), ("a 1\r\n", "expected a value"),
        ])
    func refusals(text: String, reason: String) throws {
        let error = try #require(throws: PrometheusText.Failure.self) { try samples(text) }
        #expect("\(error)".contains(reason), "\(error)")
    }

    @Test("what is written is read, whatever the labels say; bytes that are bent are read or refused")
    func roundTrips() throws {
        var generator = SystemRandomNumberGenerator()
        let signs = Array("aZ0_ \"\\\n{}=,#é☃\t")
        for _ in 0..<200 {
            let written = (0..<Int.random(in: 0..<6, using: &generator)).map { index in
                let label = String((0..<Int.random(in: 0..<8)).map { _ in signs.randomElement() ?? "a" })
                return PrometheusText.Sample(
                    name: "m:\(index)", labels: ["l\(index)": label, "_x": "y"], value: Double.random(in: -1e9...1e9))
            }
            let text = written.map { sample in
                let labels = sample.labels.map { key, value in
                    let escaped = value.flatMap { $0 == "\n" ? "\\n" : $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }
                    return "\(key)=\"\(String(escaped))\""
                }
                return "\(sample.name){\(labels.joined(separator: ","))} \(sample.value)\n"
            }.joined()
            #expect(try samples(text) == written)
            var bytes = Array(text.utf8)
            guard !bytes.isEmpty else { continue }
            for _ in 0..<20 {
                bytes[Int.random(in: bytes.indices)] = UInt8.random(in: .min ... .max)
                _ = try? PrometheusText(Array(bytes.prefix(Int.random(in: 0...bytes.count))))
            }
        }
    }

    @Test("keeps what is asked for, and gives up in time")
    func bounds() throws {
        let text = Array(String(repeating: "a 1\nb 2\n", count: 2_000).utf8)
        #expect(try PrometheusText(text, names: ["b"]).samples.count == 2_000)
        #expect(throws: PrometheusText.Failure.self) { try PrometheusText(text, until: .now - .seconds(1)) }
    }
}
