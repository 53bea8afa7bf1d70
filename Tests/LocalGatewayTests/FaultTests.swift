import Curl
import Foundation
import LocalGateway
import TestSupport
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

    @Test(
        "a 500 and a 502 of the platform's bear the headers and the text that tell who speaks",
        arguments: [
            ("500", 500, "of-watchdog", true, ""), ("500-proxy", 500, "proxy", false, "Can't reach service for: w.\n"),
            (
                "500-scaling", 500, nil, false,
                "error finding function w.openfaas-fn: unable to scale function w.openfaas-fn: a rehearsed fault"
            ),
            ("502", 502, nil, false, ""),
        ])
    func status(fault: String, code: Int, author: String?, hasDuration: Bool, text: String) async throws {
        try await answers(to: "\(fault)=1") { gateway in
            let answer = try await gateway.call("w").response
            #expect(answer.status == code)
            #expect(answer["X-Openfaas-Internal"] == author)
            #expect((answer["X-Duration-Seconds"] != nil) == hasDuration)
            #expect(answer.text == text)
        }
    }

    @Test("500-queue=1 answers queued calls as a gateway that has lost its queue")
    func queueIsDown() async throws {
        try await answers(to: "500-queue=1") { gateway in
            let answer = try await gateway.send("POST", "/async-function/w", "{}")
            #expect(answer.status == 500)
            #expect(answer.text == "Error queuing request: nats: outbound buffer limit exceeded\n")
            let call = try await gateway.call("w").response
            #expect(call.status == 200)
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
