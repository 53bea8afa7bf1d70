import Curl
import Farm
import Foundation
import LocalGateway
import Logging
import OpenFaaS
import ServiceLifecycle
import Steering
import StubGateway
import Synchronization
import Testing

/// A text that a stub serves and a test changes.
final class Page: Sendable {
    private let state: Mutex<StubAnswer>

    init(_ answer: StubAnswer = .text("")) { state = Mutex(answer) }

    var answer: StubAnswer {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// The ``SteeringFailure`` that a call throws.
func failure(
    of call: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> SteeringFailure {
    try #require(
        await #expect(throws: SteeringFailure.self, sourceLocation: sourceLocation) { try await call() },
        sourceLocation: sourceLocation)
}

/// A gateway whose functions are scaled and no more.
final class ScaledFunctions: Sendable {
    struct State {
        var replicas: [String: Int]
        /// The most of each function.
        var limit = Int.max
        var posts: [String] = []
        var refusal: StubAnswer?
    }

    let state: Mutex<State>

    init(_ replicas: [String: Int]) { state = Mutex(State(replicas: replicas)) }

    func answer(_ request: StubRequest) -> StubAnswer {
        let name = String(request.path.split(separator: "/").last ?? "")
        let body = (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]) ?? [:]
        return state.withLock { state in
            if request.method != "GET" { state.posts.append("\(name)=\(body["replicas"] as? Int ?? -1)") }
            if let refusal = state.refusal { return refusal }
            guard let replicas = state.replicas[name] else { return .text("not found", status: 404) }
            guard request.method == "GET" else {
                state.replicas[name] = min(body["replicas"] as? Int ?? replicas, state.limit)
                return .text("", status: 202)
            }
            return .json(
                #"{"name":"\#(name)","image":"i","replicas":\#(replicas),"availableReplicas":\#(max(replicas - 1, 0))}"#
            )
        }
    }
}

/// Keeps decisions in memory.
final class ListedDecisions: DecisionJournal {
    let decisions = Mutex<[SteeringDecision]>([])

    func record(_ decision: SteeringDecision, _ memory: SteeringMemory) async throws(SteeringFailure) {
        decisions.withLock { $0.append(decision) }
    }

    func complete(_: String, _: Int, _: SteeringDecision.Outcome) async throws(SteeringFailure) {}

    func last(of _: String) async throws(SteeringFailure) -> (number: Int, memory: SteeringMemory)? { nil }
}

/// Runs the embedded gateway for the length of a test.
func withLocalGateway(_ body: @Sendable (String) async throws -> Void) async throws {
    var configuration = LocalGatewayConfiguration()
    configuration.port = 0
    let gateway = LocalGateway(
        configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let running = Task { try await gateway.run() }
    let result: Result<Void, any Error>
    do {
        try await body("http://127.0.0.1:\(gateway.waitUntilBound())")
        result = .success(())
    } catch {
        result = .failure(error)
    }
    running.cancel()
    _ = await running.result
    try result.get()
}

/// The reference worker, built beside the tests.
let workerProgram: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("faasfarm").path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside + " worker" }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return root.appendingPathComponent(".build/debug/faasfarm").path + " worker"
}()
