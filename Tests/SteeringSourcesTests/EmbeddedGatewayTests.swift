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
}
