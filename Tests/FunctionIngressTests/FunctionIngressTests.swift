import Curl
import FunctionIngress
import OpenFaaS
import Steering
import StubGateway
import Synchronization
import Testing

@Suite("Calls that come in")
struct FunctionIngressTests {
    @Test("what a caller sends goes on as it is, and what the function says comes back")
    func passThrough() async throws {
        let stub = try StubGateway { request in
            StubAnswer(
                404, headers: [("X-Twice", "1"), ("x-twice", "2"), ("Connection", "X-Hop"), ("X-Hop", "here only")],
                body: request.body.reversed())
        }
        try await standing(before: stub) { stand in
            let answer = try await stand.call(
                "/function/work/a%2Fb/../c?q=%C3%A9&r", method: "PATCH",
                headers: [("X-Sent", "1"), ("x-sent", "2"), ("Connection", "X-Gone"), ("X-Gone", "here only")],
                body: "abc")
            #expect(answer.status == 404)
            #expect(answer.text == "cba")
            #expect(answer.headers.filter { $0.name.lowercased() == "x-twice" }.map(\.value) == ["1", "2"])
            #expect(answer["x-hop"] == nil)
            let request = try #require(stub.requests.first)
            #expect(request.method == "PATCH")
            #expect(request.target == "/function/work/a%2Fb/../c?q=%C3%A9&r")
            #expect(request.text == "abc")
            #expect(request.headers.filter { $0.name.lowercased() == "x-sent" }.map(\.value) == ["1", "2"])
            #expect(request["x-gone"] == nil)
            #expect(request["x-forwarded-host"] == String(stand.url.dropFirst("http://".count)))
            #expect(request["x-forwarded-for"]?.hasPrefix("127.0.0.1:") == true)
        }
    }

    @Test("no more calls are in the function than its workers take; the others wait in order")
    func places() async throws {
        let stub = try StubGateway { _ in .text("done", delay: .milliseconds(60)) }
        try await standing(before: stub) { stand in
            stand.ingress.set(ready: 0, of: "work")
            let calls = (0..<6).map { number in
                Task { try await stand.call("/function/work", headers: [("X-Call-Id", "\(number)")]) }
            }
            #expect(await stand.wait { $0.waiting == 6 })
            #expect(stub.requests.isEmpty)
            let first = try await #require(stand.ingress.source(of: "work")).read()
            #expect(first.arrivals == 6 && first.queued == 6 && first.running == 0 && first.completions == 0)
            #expect((first.oldestAge ?? 0) > 0)
            #expect(first.absences == stand.ingress.source(of: "work")?.absences)
            stand.ingress.set(ready: 2, of: "work")
            for call in calls { #expect(try await call.value.status == 200) }
            #expect(await stand.wait { $0.completions == 6 && $0.running == 0 })
            let arrivals = stub.requests.map(\.arrival)
            // Each third call came once the first of the two before it was answered.
            for number in 2..<6 { #expect(arrivals[number] - arrivals[number - 2] >= .milliseconds(60)) }
            let second = try await #require(stand.ingress.source(of: "work")).read()
            #expect(second.arrivals == 0 && second.completions == 6 && second.met == 6 && second.missed == 0)
            #expect((second.serviceSeconds ?? 0) >= 0.06)
            #expect((second.responseSeconds ?? 0) > (second.serviceSeconds ?? 0))
        }
    }

    @Test("who waits longer than its deadline, or too many, are told so, and their calls are not made")
    func refusals() async throws {
        let stub = try StubGateway { _ in .text("done") }
        try await standing(before: stub, { $0.mostWaiting = 1 }) { stand in
            stand.ingress.set(ready: 0, of: "work")
            let waiting = Task {
                try await stand.call("/function/work", headers: [("X-Deadline-Seconds", "0.5")])
            }
            #expect(await stand.wait { $0.waiting == 1 })
            let refused = try await stand.call("/function/work")
            #expect(refused.status == 429)
            #expect(refused["x-faasfarm-ingress"] == "full")
            let late = try await waiting.value
            #expect(late.status == 503)
            #expect(late["x-faasfarm-ingress"] == "late")
            #expect(late.text.contains("within 0.5 s"))
            #expect(stub.requests.isEmpty)
            let bad = try await stand.call("/function/work", headers: [("X-Deadline-Seconds", "soon")])
            #expect(bad.status == 400)
            let sighting = try await #require(stand.ingress.source(of: "work")).read()
            #expect(sighting.arrivals == 2 && sighting.missed == 2 && sighting.failures == 2 && sighting.queued == 0)
        }
    }

    @Test("a caller that hangs up leaves the line, or ends its call")
    func hangUps() async throws {
        let stub = try StubGateway { _ in .silence }
        try await standing(before: stub) { stand in
            stand.ingress.set(ready: 1, of: "work")
            let running = Task { try await stand.call("/function/work") }
            #expect(await stub.wait { $0.requests.count == 1 })
            let waiting = Task { try await stand.call("/function/work") }
            #expect(await stand.wait { $0.waiting == 1 })
            waiting.cancel()
            #expect(await stand.wait { $0.waiting == 0 && $0.gone == 1 })
            running.cancel()
            #expect(await stand.wait { $0.running == 0 && $0.gone == 2 })
            #expect(await stub.wait { $0.openConnections == 0 })
            #expect(stub.requests.count == 1)
        }
    }

    @Test("a call that a full worker sends back is made again; a function's own 429 is the caller's")
    func collisions() async throws {
        let count = Mutex(0)
        let stub = try StubGateway { request in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if request.path == "/function/work/own" {
                return .text("slow down", status: 429, headers: [("X-Duration-Seconds", "0.1")])
            }
            return number <= 3
                ? .text("full", status: 429, headers: [("X-Openfaas-Internal", "faas-middleware")])
                : .text(request.text)
        }
        try await standing(before: stub) { stand in
            let answer = try await stand.call("/function/work", body: "again")
            #expect(answer.status == 200)
            #expect(answer.text == "again")
            #expect(stub.requests.count == 4)
            #expect(stand.ingress.counts(of: "work")?.collisions == 3)
            #expect(try await stand.call("/function/work/own").status == 429)
            #expect(stub.requests.count == 5)
        }
    }

    @Test("calls of functions that are not steered go on, and are not counted")
    func others() async throws {
        let stub = try StubGateway { _ in .text("done") }
        try await standing(before: stub) { stand in
            stand.ingress.set(ready: 0, of: "work")
            let other = try await stand.call("/function/other")
            let elsewhere = try await stand.call("/function/work.elsewhere")
            let system = try await stand.call("/system/functions", method: "GET")
            #expect([other, elsewhere, system].map(\.status) == [200, 200, 404])
            #expect(stand.ingress.counts(of: "work")?.arrivals == 0)
            #expect(stand.ingress.counts(of: "other") == nil)
        }
    }

    @Test("a gateway that is away is a 502, and the login of the gateway stays here")
    func login() async throws {
        let stub = try StubGateway { _ in .text("done") }
        try await standing(before: stub, { $0.login = .init(password: "secret") }) { stand in
            let login = "Basic YWRtaW46c2VjcmV0"
            _ = try await stand.call("/function/work", headers: [("Authorization", login)])
            _ = try await stand.call("/function/work", headers: [("Authorization", "Bearer of the caller")])
            #expect(stub.requests.map { $0["authorization"] } == [nil, "Bearer of the caller"])
            stub.stop()
            let answer = try await stand.call("/function/work")
            #expect(answer.status == 502)
            #expect(await stand.wait { $0.failures == 1 })
        }
    }

    @Test("every call that has ended is recorded once")
    func records() async throws {
        let stub = try StubGateway { request in .text("done", status: request.path.hasSuffix("/bad") ? 500 : 200) }
        let recorded = Mutex([ServedCall]())
        try await standing(
            before: stub, { $0.onEnd = { calls in recorded.withLock { $0 += calls } } }
        ) { stand in
            for number in 0..<20 {
                _ = try await stand.call(
                    "/function/work" + (number % 4 == 0 ? "/bad" : ""), headers: [("X-Call-Id", "call-\(number)")])
            }
        }
        let calls = recorded.withLock { $0 }
        #expect(calls.map(\.id).sorted() == (0..<20).map { "call-\($0)" }.sorted())
        #expect(calls.filter(\.met).count == 15)
        #expect(calls.filter { $0.status == 500 && $0.hasFailed }.count == 5)
        #expect(calls.allSatisfy { $0.end == .answered && $0.served != nil && $0.deadline == 10 })
    }

    @Test("what cannot be is refused")
    func settings() throws {
        let stub = try StubGateway { _ in .text("done") }
        let gateway = try GatewayAddress(stub.url)
        let twice = SteeringSettings(function: "twice")
        #expect(throws: SteeringFailure.self) {
            _ = try FunctionIngress(.init(gateway: gateway, functions: [.init(twice), .init(twice)]), logger: quiet)
        }
        #expect(throws: SteeringFailure.self) {
            _ = try FunctionIngress(.init(gateway: gateway, functions: [.init(twice, concurrency: 0)]), logger: quiet)
        }
    }
}
