import DaemonHTTP
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Prometheus
import Steering
import Testing

@testable import KEDAScaler

/// The same number as a gauge and as JSON.
@Suite struct CompanionTests {
    @Test("the gauge has a sample where there is a number, and none where there is not")
    func gauge() async {
        let board = SteeringBoard()
        let registry = PrometheusRegistry()
        SteeringGauge.watch(board, in: registry, now: { present })
        board.post(3)
        board.post(0, function: "idle")
        board.post(2, age: 31, function: "stale")
        #expect(
            await registry.text() == """
                # TYPE faasfarm_steering_workers gauge
                faasfarm_steering_workers{function="idle"} 0
                faasfarm_steering_workers{function="resize"} 3

                """)
        board.post(3, by: .nobody)
        #expect(await registry.text().contains("resize") == false)
        board.post(4)
        #expect(await registry.text().contains("{function=\"resize\"} 4"))
        board.stop()
        #expect(await registry.text().contains("resize") == false)
    }

    private func told(_ function: String, _ board: SteeringBoard) throws -> (HTTPResponse.Status, [String: Any]) {
        let (status, data) = try SteeringRoutes(board, now: { present }).answer(for: function)
        return (status, try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]))
    }

    @Test("JSON tells the number, and 503 why there is none")
    func json() throws {
        let board = SteeringBoard()
        board.post(3, age: 2, decided: present - 1)
        let (status, answer) = try told("resize", board)
        #expect(status == .ok)
        #expect(answer["workers"] as? Int == 3)
        #expect(answer["function"] as? String == "resize")
        #expect(answer["author"] as? String == "policy")
        #expect(answer["input_age"] as? Double == 3)
        board.post(0, age: 31)
        let (refused, reason) = try told("resize", board)
        #expect(refused == .serviceUnavailable)
        #expect(reason["workers"] == nil)
        #expect((reason["reason"] as? String)?.contains("31 s old") == true)
        #expect(try told("unknown", board).0 == .serviceUnavailable)
    }

    @Test("other paths and methods are others'")
    func others() async throws {
        let board = SteeringBoard()
        board.post(3)
        let routes = SteeringRoutes(board, now: { present })
        func ask(_ path: String, _ method: HTTPRequest.Method = .get) async throws -> HTTPResponse.Status? {
            let head = HTTPRequest(method: method, scheme: "http", authority: "test", path: path)
            return try await routes.response(to: Request(head: head, body: RequestBody(buffer: ByteBuffer())))?.status
        }
        #expect(try await ask("/steering/resize") == .ok)
        #expect(try await ask("/steering/stale") == .serviceUnavailable)
        for path in ["/steering", "/steering/", "/steering/a/b", "/metrics"] {
            #expect(try await ask(path) == nil)
        }
        #expect(try await ask("/steering/resize", .post) == nil)
    }
}
