import Farm
import Logging
import OpenFaaS
import Steering
import SteeringSources
import StubGateway
import Synchronization
import Testing

@Suite("Replicas as what is set")
struct ReplicaSetterTests {
    private func setter(
        _ functions: ScaledFunctions, _ names: [String], onOtherHand: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> (setter: ReplicaSetter, stub: StubGateway) {
        let stub = try StubGateway { functions.answer($0) }
        let client = GatewayClient(
            address: try GatewayAddress(stub.url), credentials: nil, callTimeout: .seconds(20))
        return (ReplicaSetter(client, functions: names, now: { 5 }, onOtherHand: onOtherHand), stub)
    }

    @Test("looks, and asks those whose number changes")
    func spreads() async throws {
        let functions = ScaledFunctions(["a": 2, "b": 1])
        let (setter, stub) = try setter(functions, ["a", "b"])
        defer { stub.stop() }
        #expect(try await setter.look() == WorkersSeen(time: 5, asked: 3, ready: 1))
        #expect(try await setter.ask(for: 4) == WorkersSeen(time: 5, asked: 4, ready: 2))
        #expect(functions.state.withLock { $0.posts } == ["b=2"])
        #expect(try await setter.ask(for: 0)?.asked == 0)
        #expect(functions.state.withLock { $0.posts.count } == 3)
    }

    @Test("tells what a gateway made of the number that limits it")
    func limits() async throws {
        let functions = ScaledFunctions(["a": 1])
        functions.state.withLock { $0.limit = 5 }
        let notices = Mutex<[String]>([])
        let (setter, stub) = try setter(functions, ["a"]) { notice in notices.withLock { $0.append(notice) } }
        defer { stub.stop() }
        #expect(try await setter.ask(for: 8)?.asked == 5)
        #expect(try await setter.look().asked == 5)
        #expect(notices.withLock { $0 } == [])
    }

    @Test("says once when somebody else has changed the number")
    func otherHand() async throws {
        let functions = ScaledFunctions(["a": 1])
        let notices = Mutex<[String]>([])
        let (setter, stub) = try setter(functions, ["a"]) { notice in notices.withLock { $0.append(notice) } }
        defer { stub.stop() }
        _ = try await setter.look()
        _ = try await setter.ask(for: 3)
        functions.state.withLock { $0.replicas["a"] = 7 }
        #expect(try await setter.look().asked == 7)
        _ = try await setter.look()
        #expect(notices.withLock { $0.count } == 1)
        #expect(notices.withLock { $0.first }?.contains("a has 7 replicas where 3 were") == true)
    }

    @Test("a function that is missing, a refusal and a silent gateway are failures in words")
    func failures() async throws {
        let functions = ScaledFunctions(["a": 1])
        let (missing, stub) = try setter(functions, ["a", "b"])
        defer { stub.stop() }
        #expect(try await failure { _ = try await missing.look() }.description.contains(#"no function "b""#))
        let (one, stub2) = try setter(functions, ["a"])
        defer { stub2.stop() }
        functions.state.withLock { $0.refusal = .text("not today", status: 403) }
        #expect(try await failure { _ = try await one.ask(for: 2) }.description.contains("403"))
        let silent = try StubGateway { _ in .silence }
        defer { silent.stop() }
        let client = GatewayClient(
            address: try GatewayAddress(silent.url), credentials: nil, callTimeout: .milliseconds(50))
        _ = try await failure { _ = try await ReplicaSetter(client, functions: ["a"]).look() }
        #expect(ReplicaSetter.callLimit(period: 3) == .seconds(0.5))
    }

    @Test("advice posts nothing, whatever the policy says; steering does", .timeLimit(.minutes(1)))
    func adviceChangesNothing() async throws {
        for mode in [SteeringDecision.Mode.advise, .steer] {
            let functions = ScaledFunctions(["a": 1])
            let stub = try StubGateway { request in
                request.path == "/metrics"
                    ? .text("# TYPE gateway_function_invocation_started counter\n") : functions.answer(request)
            }
            defer { stub.stop() }
            var settings = SteeringSettings(function: "a")
            (settings.period, settings.patience) = (0.05, 5)
            var plan = FunctionPlan(settings: settings, policy: "static:7")
            plan.mode = mode
            let gateway = SteeringPlan.Gateway(url: stub.url)
            let source = try #require(try plan.source(on: gateway))
            let journal = ListedDecisions()
            let board = SteeringBoard()
            let steerer = Steerer(
                .init(
                    settings: settings, source: source, setter: plan.setter(try gateway.client(period: 60)),
                    policy: try plan.recommender(absences: source.absences),
                    fallback: try plan.fallbackRecommender(absences: source.absences), journal: journal, mode: mode),
                board: board, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let changes = board.changes()
            let run = Task { try await steerer.run() }
            var count = 0
            for await _ in changes {
                count += 1
                if count == 5 { break }
            }
            run.cancel()
            _ = try? await run.value
            let decisions = journal.decisions.withLock { $0 }
            #expect(decisions.contains { $0.recommended == 7 && $0.asked == 7 })
            let posts = functions.state.withLock { $0.posts }
            #expect(posts == (mode == .advise ? [] : ["a=7"]))
            #expect(stub.requests.allSatisfy { mode == .steer || $0.method == "GET" })
        }
    }
}
