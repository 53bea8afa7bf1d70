import Curl
import Foundation
import LocalGateway
import Testing

@Suite("A gateway with faults")
struct FaultTests {
    private func answers(to fault: String, _ check: @Sendable (TestGateway) async throws -> Void) async throws {
        let rule = try FaultRule(fault)
        try await TestGateway.run {
            $0.faults = [rule]
            $0.faultSeed = 1
        } _: { gateway in
            try await gateway.start("w")
            try await check(gateway)
        }
    }

    @Test("429=1 answers as a watchdog whose replica is taken")
    func busy() async throws {
        try await answers(to: "429=1") { gateway in
            let answer = try await gateway.call("w").response
            #expect(answer.status == 429)
            #expect(answer["X-Openfaas-Internal"] == "faas-middleware")
        }
    }

    @Test("500=1 and 502=1 answer in the function's place", arguments: [500, 502])
    func status(code: Int) async throws {
        try await answers(to: "\(code)=1") { gateway in
            let answer = try await gateway.call("w").response
            #expect(answer.status == code)
            #expect(answer["X-Duration-Seconds"] == nil)
        }
    }

    @Test(
        "refuse=1 and cut=1 lose the connection; only the cut call reached the function", arguments: ["refuse", "cut"])
    func connection(kind: String) async throws {
        try await answers(to: "\(kind)=1") { gateway in
            let failure = await #expect(throws: HTTPFailure.self) { try await gateway.call("w") }
            #expect(failure?.kind == .connectionLost)
            let invocations = try await gateway.invocations("w")
            #expect(invocations == (kind == "cut" ? 1 : 0))
            // The rest of the gateway is unharmed.
            let health = try await gateway.send("GET", "/healthz")
            #expect(health.status == 200)
        }
    }

    @Test("nothing=1 accepts scale requests and queued calls, and nothing happens")
    func nothing() async throws {
        try await answers(to: "nothing=1") { gateway in
            let scaled = try await gateway.scale("w", to: 3)
            #expect(scaled.status == 202)
            let replicas = try await gateway.status("w")["replicas"] as? Int
            #expect(replicas == 1)
            let queued = try await gateway.send("POST", "/async-function/w", "{}")
            #expect(queued.status == 202)
        }
    }

    @Test("vanish=1 makes the function unknown for its time, in every answer")
    func vanish() async throws {
        try await answers(to: "vanish=1:300ms") { gateway in
            let answer = try await gateway.call("w")
            #expect(answer.response.status == 404)
            try await eventually("the function is back") {
                try await gateway.send("GET", "/system/function/w").status == 200
            }
        }
    }

    @Test("delay=1 makes a call longer by the duration")
    func delay() async throws {
        try await answers(to: "delay=1:200ms") { gateway in
            let start = ContinuousClock.now
            let answer = try await gateway.call("w")
            #expect(answer.response.status == 200)
            #expect(ContinuousClock.now - start >= .milliseconds(200))
        }
    }
}
