import Curl
import Foundation
import Logging
import Prometheus
import ServiceLifecycle
import Testing

@testable import DaemonHTTP

@Suite("The daemon's HTTP service", .timeLimit(.minutes(1)))
struct DaemonHTTPTests {
    private static let anywhere = HTTPAddress(host: "127.0.0.1", port: 0)

    @Test("Routes of one address share a listener, those of port 0 have one each")
    func listeners() async throws {
        let (first, second, third) = (OnePath("/one"), OnePath("/two"), OnePath("/three"))
        // A port that was free a moment ago.
        let finder = OnePath("/")
        try await serving([.init("--a", Self.anywhere, finder)]) {}
        try await serving([
            .init("--a", finder.address, first), .init("--b", Self.anywhere, second),
            .init("--c", finder.address, third),
        ]) {
            #expect(first.address == finder.address && third.address == finder.address)
            #expect(second.address.port != finder.address.port)
            #expect(try await ask(first.address, "/one").text == "here\n")
            #expect(try await ask(first.address, "/three").status == 200)
            let other = try await ask(first.address, "/two")
            #expect(other.status == 404)
            #expect(other.text == "there are /one, /three\n")
        }
    }

    @Test("An address that cannot be had ends the service, with the options that name it")
    func taken() async throws {
        let holder = OnePath("/")
        try await serving([.init("--first", Self.anywhere, holder)]) {
            let http = DaemonHTTP(
                [.init("--b", Self.anywhere, OnePath("/")), .init("--c", holder.address, OnePath("/"))],
                idleLimit: .seconds(1), logger: quiet)
            let error = await #expect(throws: DaemonHTTP.Failure.self) { try await http.run() }
            let text = try #require(error?.description)
            #expect(text.hasPrefix("--c: cannot listen on \(holder.address): another program listens there"))
            await #expect(throws: DaemonHTTP.Failure.self) { try await http.waitUntilBound() }
        }
    }

    @Test("A shutdown does not wait for what is under way", .timeLimit(.minutes(1)))
    func shutdown() async throws {
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let slow = OnePath("/slow") {
            begin.yield()
            try? await Task.sleep(for: .seconds(3_600))
            return "late"
        }
        try await serving([.init("--a", Self.anywhere, slow)]) {
            Task { try await ask(slow.address, "/slow") }
            for await _ in begun { break }
        }
    }

    @Test("Metrics and health")
    func metrics() async throws {
        let finder = OnePath("/where")
        try await serving([.init("--a", Self.anywhere, finder)]) {}
        let registry = PrometheusRegistry()
        try await serving([.init("--m", finder.address, MetricsRoutes(registry))]) {
            let health = try await ask(finder.address, "/healthz")
            #expect(health.status == 200 && health.text == "ok\n")
            #expect(
                try await ask(finder.address, "/metrics")["Content-Type"]?.hasPrefix("text/plain; version") == true)
            #expect(try await ask(finder.address, "/").text == "there are /metrics and /healthz\n")
        }
    }

    @Test(
        "Addresses",
        arguments: [
            ("127.0.0.1:80", HTTPAddress(host: "127.0.0.1", port: 80)), ("[::1]:0", HTTPAddress(host: "::1", port: 0)),
            ("farm:65535", HTTPAddress(host: "farm", port: 65_535)), ("farm", nil), ("farm:", nil), ("farm:65536", nil),
            ("farm:-1", nil),
        ] as [(String, HTTPAddress?)])
    func addresses(_ text: String, _ expected: HTTPAddress?) {
        #expect(HTTPAddress(text) == expected)
        if let expected { #expect("\(expected)" == text) }
    }
}
