import Curl
import Foundation
import LocalGateway
import Testing

@Suite("Calls", .serialized)
struct GatewayResponderInvokingTests {
    @Test("path, query, call id and the gateway's own headers")
    func headers() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("worker")
            let answer = try await gateway.send("POST", "/function/worker/a/b?q=1&r=%C3%A9", #"{"id":"7","ms":20}"#)
            let body = try JSONDecoder().decode(WorkerAnswer.self, from: Data(answer.body))
            #expect(answer.status == 200)
            #expect((body.id, body.mode, body.ms, body.path, body.query) == ("7", "sleep", 20, "/a/b", "q=1&r=%C3%A9"))
            #expect(body.took_ms >= 20)
            for name in [
                "X-Call-Id", "X-Duration-Seconds", "X-Served-By", "X-Start-Time", "Content-Type", "Content-Length",
                "Date",
            ] {
                #expect(answer[name] != nil, "\(name)")
            }
            #expect(answer["X-Call-Id"] == body.call_id)
            #expect(answer["X-Openfaas-Internal"] == nil)

            let own = try await gateway.send("POST", "/function/worker", headers: [("X-Call-Id", "my-id-1")], "{}")
            #expect(own["X-Call-Id"] == nil)
            #expect(try JSONDecoder().decode(WorkerAnswer.self, from: Data(own.body)).call_id == "my-id-1")
            #expect(try await gateway.send("POST", "/function/worker.openfaas-fn", "{}").status == 200)

            let head = try await gateway.send("HEAD", "/function/worker")
            #expect(head.status == 200)
            #expect(Int(head["content-length"] ?? "") ?? 0 > 100)
            for method in ["GET", "PUT", "DELETE", "PATCH"] {
                #expect(try await gateway.send(method, "/function/worker").status == 200, "\(method)")
            }
        }
    }

    @Test("the function's own status comes through")
    func statuses() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("worker")
            #expect(try await gateway.call("worker", #"{"ms":1,"status":500}"#).response.status == 500)
            let bad = try await gateway.call("worker", "not json").response
            #expect(bad.status == 400)
            #expect(try gateway.json(bad)["error"] is String)
            #expect(bad["X-Duration-Seconds"] != nil)
        }
    }

    @Test("a missing function, an unknown namespace")
    func missing() async throws {
        try await TestGateway.run { gateway in
            for (path, name) in [("nosuch", "nosuch.openfaas-fn"), ("nosuch.other", "nosuch.other")] {
                let answer = try await gateway.send("POST", "/function/\(path)", "{}")
                #expect(answer.status == 404)
                #expect(answer.text.hasPrefix("error finding function \(name): "))
                #expect(answer["X-Openfaas-Internal"] == nil)
                #expect(answer["content-type"] == "text/plain; charset=utf-8")
            }
        }
    }

    @Test("max_inflight on every replica: 429 from the middleware, then free again")
    func maxInFlight() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("w2", replicas: 2, envVars: ["max_inflight": "1"])
            let answers = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                for _ in 0..<3 { group.addTask { try await gateway.call("w2", #"{"ms":500}"#).response } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.map(\.status).sorted() == [200, 200, 429])
            let refused = try #require(answers.first { $0.status == 429 })
            #expect(refused.text == "Concurrent request limit exceeded. Max concurrent requests: 1\n")
            #expect(refused["X-Openfaas-Internal"] == "faas-middleware")
            #expect(refused["content-type"] == "text/plain")
            #expect(refused["X-Call-Id"] != nil)
            #expect(refused["X-Duration-Seconds"] == nil)
            #expect(try await gateway.call("w2").response.status == 200)
        }
    }

    @Test("exec_timeout: 504 from the watchdog, empty, and the next call is taken")
    func execTimeout() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("w2", envVars: ["exec_timeout": "300ms", "max_inflight": "1"])
            let answer = try await gateway.call("w2", #"{"ms":5000}"#).response
            #expect((answer.status, answer.text) == (504, ""))
            #expect(answer["X-Openfaas-Internal"] == "of-watchdog")
            #expect(Double(answer["X-Duration-Seconds"] ?? "") ?? 0 >= 0.3)
            #expect(try await gateway.call("w2", #"{"ms":1}"#).response.status == 200)
        }
    }

    @Test("bodies go through byte by byte, up to their limit")
    func bodies() async throws {
        let echo = try TemporaryFile(script: "exec python3 -c '\(Self.echoServer)'")
        try await TestGateway.run {
            $0.maximumBodyBytes = 3 << 20
        } _: { gateway in
            try await gateway.start("echo", envProcess: echo.path)
            let bytes = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
            let headers = [
                (name: "X-A", value: "1"), (name: "X-A", value: "2"), (name: "Content-Type", value: "a/b"),
                (name: "Connection", value: "X-Secret"), (name: "X-Secret", value: "s"),
            ]
            let answer = try await gateway.client.send(
                HTTPRequest("POST", gateway.url + "/function/echo", headers: headers, body: bytes))
            #expect(answer.status == 201)
            #expect(answer.body == bytes)
            #expect(answer["X-Got-A"] == "1,2")
            #expect(answer["X-Got-Type"] == "a/b")
            #expect(answer["X-Got-Secret"] == "None")
            let long = [UInt8](repeating: 0, count: (3 << 20) + 1)
            #expect(
                try await gateway.client.send(HTTPRequest("POST", gateway.url + "/function/echo", body: long)).status
                    == 413)
            #expect(try await gateway.send("POST", "/function/echo", "x").text == "x")
        }
    }

    // A worker in another language, which closes its connections and sends no length.
    private static let echoServer = """
        import os
        from http.server import BaseHTTPRequestHandler, HTTPServer
        class H(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_error(404)
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                self.send_response(201)
                self.send_header("X-Got-A", ",".join(self.headers.get_all("X-A") or []))
                self.send_header("X-Got-Type", str(self.headers["Content-Type"]))
                self.send_header("X-Got-Secret", str(self.headers["X-Secret"]))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *args): pass
        HTTPServer(("127.0.0.1", int(os.environ["PORT"])), H).serve_forever()
        """
}
