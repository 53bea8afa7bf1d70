import Curl
import Foundation
import LocalGateway
import TestSupport
import Testing

@Suite("What the gateway does not let grow", .serialized)
struct GatewayLimitTests {
    /// A server that ends on SIGTERM once its connections have, as many do.
    private static let patientServer = """
        import os, signal, threading
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            do_POST = do_GET
            def log_message(self, *_): pass
        class Server(ThreadingHTTPServer):
            daemon_threads = False
        server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(poll_interval=0.05)
        server.server_close()
        """

    @Test("of-watchdog#125: an idle replica whose server waits for its connections ends at once, as they do")
    func keptConnectionsEnd() async throws {
        let file = try TemporaryFile(text: Self.patientServer)
        let log = TemporaryFile()
        let script = try TemporaryFile(script: "echo $$ >> \(log.path); exec python3 \(file.path)")
        try await TestGateway.run { gateway in
            try await gateway.start("w", replicas: 3, envProcess: script.path)
            for _ in 0..<9 { #expect(try await gateway.call("w").response.status == 200) }
            let pids = try String(contentsOfFile: log.path, encoding: .utf8).split(separator: "\n").compactMap {
                Int32($0)
            }
            #expect(pids.count == 3)
            try await gateway.scale("w", to: 1)
            try await eventually("two have ended", within: .seconds(5)) { pids.filter(isAlive).count == 1 }
            #expect(try await gateway.call("w").response.status == 200)
        }
    }

    @Test("kube-throttler#57: no more replicas start at once than were asked for, however long each takes to listen")
    func parallelStarts() async throws {
        let log = try TemporaryFile(text: "")
        // Longer than the two seconds after which a start would let the next one begin if nothing was asked for.
        let slow = try TemporaryFile(script: "echo x >> \(log.path); exec \(TestGateway.worker) --load-seconds 2.3")
        try await TestGateway.run {
            $0.parallelStarts = 1
        } _: { gateway in
            try await gateway.deploy("w", envProcess: slow.path, labels: ["com.openfaas.scale.min": "2"])
            var most = 0
            try await eventually("both are ready") {
                let started = try String(contentsOfFile: log.path, encoding: .utf8).split(separator: "\n").count
                let ready = try await gateway.ready("w")
                most = max(most, started - ready)
                return ready == 2
            }
            #expect(most == 1)
        }
    }

    @Test("callers that wait for a cold function are no more than were allowed; others are told at once")
    func coldCallers() async throws {
        try await TestGateway.run {
            $0.mostWaitingCalls = 3
        } _: { gateway in
            try await gateway.deploy(
                "w", envVars: ["start_delay": "1s"], labels: ["com.openfaas.scale.min": "0"])
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await gateway.call("w").response.status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 200 } == 3)
            #expect(statuses.count { $0 == 503 } == 7)
        }
    }

    @Test("hummingbird#503: 200 requests that never come whole hold nobody up, and their connections end")
    func halfSentRequests() async throws {
        try await TestGateway.run {
            $0.idleLimit = .seconds(1)
        } _: { gateway in
            try await gateway.start("w")
            let port = try #require(Int(gateway.url.split(separator: ":").last ?? ""))
            let head = "POST /function/w HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf"
            let sockets = try (0..<200).map { _ in try PlainSocket(port: port, sending: head) }
            // Longer than the limit: a call that is being answered is not an idle one.
            let answer = try await gateway.call("w", #"{"ms":1500}"#).response
            #expect(answer.status == 200)
            try await eventually("all are closed") { sockets.allSatisfy(\.hasEnded) }
            #expect(try await gateway.call("w").response.status == 200)
        }
    }

    @Test("nats-queue-worker#102: a callback that is redirected or refused is counted, as is one that reaches nobody")
    func lostCallbacks() async throws {
        let server = """
            import os
            from http.server import BaseHTTPRequestHandler, HTTPServer
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self): self.answer(200)
                def do_POST(self): self.answer(int(self.path.rsplit("/", 1)[1]))
                def answer(self, status):
                    self.rfile.read(int(self.headers["Content-Length"] or 0))
                    self.send_response(status)
                    self.send_header("Location", "/x")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                def log_message(self, *_): pass
            HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
            """
        let file = try TemporaryFile(text: server)
        try await TestGateway.run { gateway in
            try await gateway.start("w")
            try await gateway.start("desk", envProcess: "python3 \(file.path)")
            for target in [
                "\(gateway.url)/function/desk/302", "\(gateway.url)/function/desk/500", "http://127.0.0.1:1/",
            ] {
                let answer = try await gateway.send(
                    "POST", "/async-function/w", headers: [("X-Callback-Url", target)], "{}")
                #expect(answer.status == 202)
            }
            let name = "faasfarm_gateway_callbacks_total"
            try await eventually("all are counted") {
                let text = try await gateway.send("GET", "/metrics").text
                return ["302", "500", "none"].allSatisfy { text.contains("\(name){code=\"\($0)\"} 1\n") }
            }
        }
    }

    @Test(
        "metrics-server#1603: metrics say which version of Prometheus's text they are",
        arguments: [
            "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "*/*",
        ])
    func contentTypeOfMetrics(accept: String) async throws {
        try await TestGateway.run { gateway in
            let answer = try await gateway.send(
                "GET", "/metrics", headers: [("Accept", accept), ("Accept-Encoding", "gzip")])
            #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer["Content-Encoding"] == nil)
        }
    }

    @Test("faas-netes#1072: a ready path in the annotations is asked; least and most replicas must fit together")
    func labelsWithMeaning() async throws {
        let server = """
            import os, time
            from http.server import BaseHTTPRequestHandler, HTTPServer
            start = time.monotonic()
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    ready = not self.path.endswith("/ready") or time.monotonic() - start > 0.8
                    self.send_response(200 if ready else 404 if self.path == "/ready" else 503)
                    self.end_headers()
                def log_message(self, *_): pass
            HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
            """
        let file = try TemporaryFile(text: server)
        try await TestGateway.run { gateway in
            let start = ContinuousClock.now
            let process = "python3 \(file.path)"
            try await gateway.deploy(
                "w", envProcess: process, annotations: ["com.openfaas.ready.http.path": "/ready"])
            try await gateway.deploy("v", envProcess: process)
            try await gateway.waitForReady(1, "w")
            #expect(ContinuousClock.now - start >= .milliseconds(800))
            // What a watchdog answers under its own path while its function is not ready.
            try await gateway.waitForReady(1, "v")
            #expect(ContinuousClock.now - start >= .milliseconds(800))
            let labels = ["com.openfaas.scale.min": "5", "com.openfaas.scale.max": "2"]
            let refused = try await gateway.deploy("u", labels: labels)
            #expect(refused.status == 400)
            #expect(refused.text.contains("scale.min is 5, which is more than com.openfaas.scale.max, 2"))
        }
    }
}

/// A connection that sends a text and waits.
private final class PlainSocket: Sendable {
    private let descriptor: Int32

    init(port: Int, sending text: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        address.sin_port = in_port_t(port).bigEndian
        let descriptor = descriptor
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        let bytes = Array(text.utf8)
        try #require(send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    deinit {
        close(descriptor)
    }

    /// Whether the other side has closed it; what it said before is read away.
    var hasEnded: Bool {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count > 0 { continue }
            return count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)
        }
    }
}
