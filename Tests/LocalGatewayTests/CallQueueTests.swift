import Curl
import Foundation
import LocalGateway
import StubGateway
import TestSupport
import Testing

@Suite("Queued calls")
struct CallQueueTests {
    /// Waits for callbacks at `receiver`, a stub that answers 200.
    private func callbacks(_ count: Int, at receiver: StubGateway) async throws -> [StubRequest] {
        try await eventually("\(count) callbacks have come") { receiver.requests.count >= count }
        return receiver.requests
    }

    @Test("come back as callbacks with the call's id, the function's name and the status")
    func callback() async throws {
        let receiver = try StubGateway { _ in StubAnswer() }
        let url = receiver.url + "/done"
        try await TestGateway.run { _ in
        } _: { gateway in
            try await gateway.start("w")
            let answer = try await gateway.send(
                "POST", "/async-function/w/sub?x=1",
                headers: [(name: "X-Callback-Url", value: url), (name: "X-Call-Id", value: "id-1")],
                #"{"id":"a","ms":5}"#)
            #expect(answer.status == 202)
            let callback = try #require(try await callbacks(1, at: receiver).first)
            #expect(callback["x-call-id"] == "id-1")
            #expect(callback["x-function-name"] == "w")
            #expect(callback["x-function-status"] == "200")
            #expect(callback["x-duration-seconds"].flatMap(Double.init) != nil)
            #expect(callback.text.contains(#""query":"x=1""#))
        }
    }

    @Test("with a concurrency of 1 run one after the other; with more, at the same time", arguments: [1, 4])
    func concurrency(count: Int) async throws {
        let receiver = try StubGateway { _ in StubAnswer() }
        let url = receiver.url + "/done"
        try await TestGateway.run {
            $0.queueConcurrency = count
        } _: { gateway in
            try await gateway.start("w")
            for _ in 0..<8 {
                _ = try await gateway.send(
                    "POST", "/async-function/w", headers: [(name: "X-Callback-Url", value: url)], #"{"ms":100}"#)
            }
            let inFlight = try await callbacks(8, at: receiver).compactMap {
                try? JSONDecoder().decode(WorkerAnswer.self, from: Data($0.body)).inflight
            }
            #expect(inFlight.count == 8)
            let most = inFlight.max() ?? 0
            #expect(count == 1 ? most == 1 : (2...4).contains(most))
        }
    }

    @Test("that were accepted outlive the gateway in its file, and are made once")
    func durability() async throws {
        let receiver = try StubGateway { _ in StubAnswer() }
        let file = TemporaryFile()
        let url = receiver.url + "/done"
        try await TestGateway.run {
            $0.queueFile = file.path
            $0.queueConcurrency = 1
        } _: { gateway in
            try await gateway.start("w")
            for number in 0..<5 {
                let answer = try await gateway.send(
                    "POST", "/async-function/w",
                    headers: [
                        (name: "X-Callback-Url", value: url), (name: "X-Call-Id", value: "id-\(number)"),
                    ], number == 0 ? #"{"ms":1}"# : #"{"ms":60000}"#)
                #expect(answer.status == 202)
            }
            _ = try await callbacks(1, at: receiver)
            try await eventually("the first call is over in the file") {
                try String(contentsOfFile: file.path, encoding: .utf8).contains(#""over""#)
            }
        }
        try await TestGateway.run {
            $0.queueFile = file.path
            $0.queueConcurrency = 4
            $0.upstreamTimeout = .milliseconds(300)
        } _: { gateway in
            try await gateway.start("w")
            let ids = try await callbacks(5, at: receiver).compactMap { $0["x-call-id"] }
            #expect(ids.sorted() == (0..<5).map { "id-\($0)" })
        }
    }

    @Test(
        "are neither begun nor answered any more once the gateway ends; the next one makes them",
        arguments: [true, false])
    func ending(_ isGraceful: Bool) async throws {
        let receiver = try StubGateway { _ in StubAnswer() }
        let file = TemporaryFile()
        let url = receiver.url + "/done"
        for round in 1...3 {
            try await TestGateway.run(endingGracefully: isGraceful) {
                $0.queueFile = file.path
                $0.queueConcurrency = 2
            } _: { gateway in
                try await gateway.start("w", replicas: 2)
                for number in 0..<8 {
                    _ = try await gateway.send(
                        "POST", "/async-function/w",
                        headers: [
                            (name: "X-Callback-Url", value: url), (name: "X-Call-Id", value: "\(round)-\(number)"),
                        ],
                        #"{"ms":60000}"#)
                }
            }
            #expect(receiver.requests.isEmpty)
        }
        // A gateway that knows none of their functions keeps them.
        try await TestGateway.run {
            $0.queueFile = file.path
        } _: { _ in
        }
        #expect(receiver.requests.isEmpty)
        let unfinished = try String(contentsOfFile: file.path, encoding: .utf8)
        #expect(unfinished.split(separator: "\n").count == 24)
        #expect(!unfinished.contains(#""over""#))
    }

    @Test("whose callback is on its way when the gateway ends are called back once")
    func callbackUnderWay() async throws {
        let receiver = try StubGateway { _ in StubAnswer(delay: .milliseconds(200)) }
        let file = TemporaryFile()
        let url = receiver.url + "/done"
        try await TestGateway.run {
            $0.queueFile = file.path
        } _: { gateway in
            try await gateway.start("w")
            _ = try await gateway.send(
                "POST", "/async-function/w", headers: [(name: "X-Callback-Url", value: url)], #"{"ms":1}"#)
            _ = try await callbacks(1, at: receiver)
        }
        #expect(try String(contentsOfFile: file.path, encoding: .utf8).contains(#""over""#))
    }

    @Test("faas-netes#392: bodies of 1 MiB are taken, longer ones refused with limit and size, before they are queued")
    func report35_size() async throws {
        try await TestGateway.run { _ in
        } _: { gateway in
            let limit = 1 << 20
            for (length, status) in [(limit - 1, 202), (limit, 202), (limit + 1, 413), (8 * limit, 413)] {
                let answer = try await gateway.send(
                    "POST", "/async-function/none", String(repeating: "x", count: length))
                #expect(answer.status == status)
                guard status == 413 else { continue }
                #expect(answer.text.contains("\(length) bytes") && answer.text.contains("\(limit) bytes"))
            }
        }
    }

    @Test("a file that cannot be used is an error of the configuration that names it")
    func unusable() async throws {
        let gateway = TestGateway.make { $0.queueFile = "/nosuch/queue" }
        let error = await #expect(throws: LocalGatewayError.self) { try await gateway.run() }
        #expect(error?.kind == .invalidConfiguration)
        #expect(error?.description.contains("/nosuch/queue") == true)
    }
}
