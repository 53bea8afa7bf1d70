import Testing

@testable import LocalGateway

@Suite("The gateway's metrics")
struct GatewayMetricsTests {
    @Test("are Prometheus text under OpenFaaS's names, with buckets that only rise")
    func text() {
        let metrics = GatewayMetrics()
        for seconds in [0.001, 0.2, 3, 100] {
            metrics.callStarted("w")
            metrics.callEnded("w", status: 200, seconds: seconds)
        }
        metrics.callStarted("w")
        metrics.callEnded("w", status: 429, seconds: 0.01)
        let lines = metrics.text(replicas: [("w", 2)]).split(separator: "\n").map(String.init)
        let label = #"function_name="w.openfaas-fn""#
        #expect(lines.contains("gateway_function_invocation_started{\(label)} 5"))
        #expect(lines.contains(#"gateway_function_invocation_total{code="200",\#(label)} 4"#))
        #expect(lines.contains(#"gateway_function_invocation_total{code="429",\#(label)} 1"#))
        #expect(lines.contains(#"gateway_functions_seconds_count{code="200",\#(label)} 4"#))
        #expect(lines.contains(#"gateway_functions_seconds_bucket{code="200",\#(label),le="+Inf"} 4"#))
        #expect(lines.contains(#"gateway_functions_seconds_bucket{code="200",\#(label),le="10"} 3"#))
        #expect(lines.contains("gateway_service_count{\(label)} 2"))
        let counts = lines.filter { $0.contains(#"_bucket{code="200""#) }.compactMap {
            $0.split(separator: " ").last.flatMap { Int($0) }
        }
        #expect(counts.count == 12)
        #expect(counts == counts.sorted())
    }
}
