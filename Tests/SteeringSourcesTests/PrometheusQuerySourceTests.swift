import Farm
import Foundation
import Steering
import SteeringSources
import StubGateway
import Testing

@Suite("Prometheus's answers as a source")
struct PrometheusQuerySourceTests {
    private typealias Quantity = PrometheusQuerySource.Quantity

    private static func vector(_ value: String, at time: Double = 1_000) -> String {
        #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[\#(time),"\#(value)"]}]}}"#
    }

    private static func vector(of values: [String]) -> String {
        let samples = values.map { #"{"metric":{},"value":[1,"\#($0)"]}"# }.joined(separator: ",")
        return #"{"status":"success","data":{"resultType":"vector","result":[\#(samples)]}}"#
    }

    /// A server that answers each query with what a table has for it.
    private func stub(_ answers: @escaping @Sendable (String) -> StubAnswer) throws -> StubGateway {
        try StubGateway { request in
            let items = URLComponents(string: request.target)?.queryItems ?? []
            return answers(items.first { $0.name == "query" }?.value ?? "")
        }
    }

    @Test("what is asked is told, with its time; what is not is absent")
    func tells() async throws {
        let time = Page(.text("1000"))
        let stub = try stub { query in
            let at = Double(String(decoding: time.answer.body, as: UTF8.self)) ?? 0
            return switch query {
            case "sum(rate(calls{f=\"a b\"}[1m])) + 100%": .json(Self.vector("2.5", at: at))
            case "running": .json(#"{"status":"success","data":{"resultType":"scalar","result":[\#(at),"7"]}}"#)
            case "service": .json(Self.vector("NaN", at: at))
            default: .text("?", status: 404)
            }
        }
        defer { stub.stop() }
        let source = try PrometheusQuerySource(
            MetricsEndpoint(stub.url + "/prometheus/"),
            queries: [
                .arrivalRate: "sum(rate(calls{f=\"a b\"}[1m])) + 100%", .running: "running", .serviceSeconds: "service",
            ], timeout: .seconds(20))
        #expect(source.absences == [.queue, .oldestAge, .completions, .response, .deadlines, .utilisation, .calls])
        let first = try await source.read()
        #expect(first.time == 1_000 && first.seconds == 0 && first.arrivals == 0 && first.running == 7)
        #expect(first.queued == nil && first.serviceSeconds == nil && first.completions == nil)
        time.answer = .text("1001")
        let second = try await source.read()
        #expect(second.time == 1_001 && second.seconds == 1 && second.arrivals == 2)
        // The half call of the last second is told with the next one.
        time.answer = .text("1002")
        #expect(try await source.read().arrivals == 3)
        // A server whose time stands still tells nothing new.
        let again = try await source.read()
        #expect(again.seconds == 0 && again.arrivals == 0 && again.time == 1_002)
        #expect(stub.requests.allSatisfy { $0.path == "/prometheus/api/v1/query" && $0.method == "GET" })
    }

    @Test("the time that a query gives is the sighting's, so that stale samples are seen")
    func sampleTime() async throws {
        let stub = try stub { $0 == "time" ? .json(Self.vector("940")) : .json(Self.vector("3")) }
        defer { stub.stop() }
        let source = try PrometheusQuerySource(
            MetricsEndpoint(stub.url), queries: [.queued: "q", .sampledAt: "time"], timeout: .seconds(20))
        let sighting = try await source.read()
        #expect(sighting.time == 940 && sighting.queued == 3)
    }

    @Test(
        "what is no number is refused in words",
        arguments: [
            (StubAnswer.json(vector(of: [])), "found nothing; where that means none, write: (…) or vector(0)"),
            (.json(vector(of: ["1", "2"])), "got 2 series, expected one number"),
            (.json(#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#), "got a matrix"),
            (.json(#"{"status":"success","data":{"resultType":"string","result":[1,"x"]}}"#), "got a string"),
            (
                .json(
                    #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}"#),
                "got a histogram"
            ),
            (.json(vector(of: ["NaN"])), "got nan, expected a number from 0 on"),
            (.json(vector(of: ["-1"])), "got -1.0"), (.json(vector(of: ["+Inf"])), "got inf"),
            (.json(vector(of: ["x"])), "got \"x\""),
            (
                .json(#"{"status":"error","errorType":"bad_data","error":"parse error: x"}"#, status: 400),
                "refused: parse error: x"
            ),
            (.text("<html>not allowed</html>", status: 401), "answered 401, expected 200: <html>not allowed</html>"),
            (.text("hello"), "no answer of Prometheus's"), (.json(#"{"status":"success"}"#), "got no result"),
        ])
    func refusals(answer: StubAnswer, reason: String) async throws {
        let stub = try StubGateway { _ in answer }
        defer { stub.stop() }
        let source = try PrometheusQuerySource(
            MetricsEndpoint(stub.url), queries: [.queued: "q"], timeout: .seconds(20))
        let text = try await failure { _ = try await source.read() }.description
        #expect(text.contains(reason) && text.contains("queued"), "\(text)")
    }

    @Test("means of no calls are absent; nothing but those is no sighting")
    func meansOfNoCalls() async throws {
        let stub = try stub { _ in .json(Self.vector(of: [])) }
        defer { stub.stop() }
        let source = try PrometheusQuerySource(
            MetricsEndpoint(stub.url), queries: [.responseSeconds: "q"], timeout: .seconds(20))
        #expect(try await failure { _ = try await source.read() }.description.contains("found nothing"))
    }

    @Test("logs in by token, by password and by address, and tells nobody")
    func logins() async throws {
        let file = NSTemporaryDirectory() + "token-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "s3cret\n".write(toFile: file, atomically: true, encoding: .utf8)
        let stub = try StubGateway { .text("no: " + ($0["Authorization"] ?? "none"), status: 403) }
        defer { stub.stop() }
        let basic = "Basic " + Data("me:s3cret".utf8).base64EncodedString()
        let ways: [(String, MetricsEndpoint.Login, String?)] = [
            (stub.url, .none, nil), (stub.url, .bearer(file: file), "Bearer s3cret"),
            (stub.url, .basic(user: "me", passwordFile: file), basic),
            (stub.url.replacingOccurrences(of: "://", with: "://me:s3cret@"), .none, basic),
        ]
        for (url, login, header) in ways {
            let source = try PrometheusQuerySource(
                MetricsEndpoint(url, login: login), queries: [.queued: "q"], timeout: .seconds(20))
            let text = try await failure { _ = try await source.read() }.description
            #expect(stub.requests.last?["Authorization"] == header)
            #expect(!text.contains("s3cret") && !text.contains(basic.dropFirst(6)), "\(text)")
        }
        // A token that was renewed is the one that is sent.
        let source = try PrometheusQuerySource(
            MetricsEndpoint(stub.url, login: .bearer(file: file)), queries: [.queued: "q"], timeout: .seconds(20))
        try "renewed".write(toFile: file, atomically: true, encoding: .utf8)
        _ = try await failure { _ = try await source.read() }
        #expect(stub.requests.last?["Authorization"] == "Bearer renewed")
        try "two words".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try await failure { _ = try await source.read() }.description.contains("holds no token"))
        try FileManager.default.removeItem(atPath: file)
        #expect(try await failure { _ = try await source.read() }.description.contains("cannot be read"))
    }

    @Test("no query, an empty and an endless one are refused at once")
    func configuration() throws {
        let endpoint = try MetricsEndpoint("http://127.0.0.1:1")
        for queries in [[:], [.sampledAt: "time()"], [.queued: " "], [.queued: String(repeating: "a", count: 6_001)]]
            as [[Quantity: String]]
        {
            #expect(throws: SteeringFailure.self) { try PrometheusQuerySource(endpoint, queries: queries) }
        }
        #expect(throws: SteeringFailure.self) { try MetricsEndpoint("prometheus:9090") }
    }
}
