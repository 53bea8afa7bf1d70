import Curl
import Foundation
import Steering
import SteeringSources
import TestSupport
import Testing

@Suite("Sources and setters on the embedded gateway")
struct EmbeddedGatewayTests {
    @Test("calls are counted, replicas are scaled", .timeLimit(.minutes(3)))
    func embedded() async throws {
        try await withLocalGateway { url in
            let client = HTTPClient()
            defer { client.shutDown() }
            let deployment = #"{"service":"resize","image":"none","envProcess":"\#(workerProgram)"}"#
            let deployed = try await client.send(
                HTTPRequest("POST", url + "/system/functions", body: Array(deployment.utf8), timeout: .seconds(60)))
            try #require([200, 202].contains(deployed.status), "\(deployed.text)")
            var settings = SteeringSettings(function: "resize")
            (settings.period, settings.deadline) = (60, 5)
            let plan = FunctionPlan(settings: settings, policy: "forecast")
            let gateway = SteeringPlan.Gateway(url: url)
            let setter = plan.setter(try gateway.client(period: 60))
            let source = try #require(try plan.source(on: gateway))
            #expect(try await source.read().seconds == 0)
            for _ in 0..<4 {
                let answer = try await client.send(
                    HTTPRequest(
                        "POST", url + "/function/resize", body: Array(#"{"ms": 20}"#.utf8), timeout: .seconds(60)))
                #expect(answer.status == 200)
            }
            let sighting = try await source.read()
            #expect(sighting.arrivals == 4 && sighting.completions == 4 && sighting.failures == 0)
            #expect(sighting.running == 0 && sighting.met.map { $0 + (sighting.missed ?? 0) } == 4)
            #expect((sighting.responseSeconds ?? 0) >= 0.02)
            #expect(try await setter.ask(for: 2)?.asked == 2)
            try await eventually("both replicas are ready") { try await setter.look().ready == 2 }
        }
    }

    /// A function that is a Prometheus, which asks the gateway that it runs on for its metrics.
    private static let prometheus = "/usr/bin/prometheus"

    @Test(
        "a real Prometheus tells what the gateway has counted",
        .enabled(if: FileManager.default.isExecutableFile(atPath: prometheus)), .timeLimit(.minutes(5)))
    func realPrometheus() async throws {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
            "prometheus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await withLocalGateway { url in
            let client = HTTPClient()
            defer { client.shutDown() }
            let place = String(url.dropFirst("http://".count))
            let (config, script) = (folder.path + "/prometheus.yml", folder.path + "/run.sh")
            try """
            global: {scrape_interval: 1s}
            scrape_configs: [{job_name: gateway, static_configs: [{targets: ["\(place)"]}]}]
            """.write(toFile: config, atomically: true, encoding: .utf8)
            try """
            #!/bin/sh
            exec \(Self.prometheus) --config.file=\(config) --storage.tsdb.path=\(folder.path)/data \\
                --web.listen-address=127.0.0.1:$PORT --log.level=error
            """.write(toFile: script, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            for (name, program) in [("resize", workerProgram), ("prometheus", script)] {
                let deployment = #"{"service":"\#(name)","image":"none","envProcess":"\#(program)"}"#
                _ = try await client.send(
                    HTTPRequest("POST", url + "/system/functions", body: Array(deployment.utf8), timeout: .seconds(60)))
            }
            let labels = #"{function_name="resize.openfaas-fn"}"#
            let source = try PrometheusQuerySource(
                MetricsEndpoint(url + "/function/prometheus"),
                queries: [
                    .queued: "sum(gateway_function_invocation_total\(labels)) or vector(0)",
                    .arrivalRate: "sum(rate(gateway_function_invocation_started\(labels)[20s])) or vector(0)",
                    .responseSeconds: "sum(rate(gateway_functions_seconds_sum\(labels)[20s])) "
                        + "/ sum(rate(gateway_functions_seconds_count\(labels)[20s]))",
                    .sampledAt: "max(timestamp(up{job=\"gateway\"}))",
                ], timeout: .seconds(20))
            for _ in 0..<3 {
                let answer = try await client.send(
                    HTTPRequest("POST", url + "/function/resize", body: Array("{}".utf8), timeout: .seconds(60)))
                #expect(answer.status == 200)
            }
            try await eventually("Prometheus has seen the calls") { (try? await source.read().queued) == 3 }
            let first = try await source.read()
            // The time is that of the sample and not that of the question.
            #expect(abs(first.time - Date().timeIntervalSince1970) < 30)
            try await eventually("there is a new sample") { try await source.read().seconds > 0 }
            #expect(first.arrivals != nil && first.completions == nil)
        }
    }
}
