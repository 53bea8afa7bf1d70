import Farm
import OpenFaaS
import Randomness
import StubGateway
import Synchronization
import TestSupport
import Testing

@testable import LiveFarm
@testable import OpenFaaSWorkers

@Suite("A pool of one function for each worker", .serialized, .timeLimit(.minutes(1)))
struct FunctionPoolTests {
    private func scenario(most: Int = 4, initial: Int = 2, rate: Double = 20) -> Scenario {
        Scenario(
            name: "test", arrivals: .phases([.init(name: "steady", seconds: 60, rate: .constant(rate))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: 1, max: most, initial: initial), stepSeconds: 0.3, steps: 60,
            retry: RetryPolicy(maxAttempts: 20, firstDelay: 0.05, maxDelay: 0.1))
    }

    private func withFarm(
        _ gateway: FunctionGateway, _ scenario: Scenario, onReset: LiveFarmOptions.OnReset = .drain,
        onRelease: GatewayPool.OnRelease = .restore, records: FoundWorkers? = nil,
        _ body: (LiveFarm) async throws -> Void
    ) async throws {
        let stub = try StubGateway { gateway.answer($0) }
        defer { stub.stop() }
        var pool = GatewayPool(
            gateway: GatewayClient(address: try GatewayAddress(stub.url), credentials: nil), style: .functions,
            functions: ["w"], deployment: .init(image: "i", envProcess: ""), onRelease: onRelease)
        pool.deletionDoubt = .milliseconds(200)
        pool.records = records
        try await withLiveFarm(scenario, over: pool, poll: .milliseconds(20), options: { $0.onReset = onReset }, body)
    }

    @Test("Deploys a function for each worker asked for, deletes those that are not, and leaves none behind")
    func lifecycle() async throws {
        let gateway = FunctionGateway()
        try await withFarm(gateway, scenario()) { farm in
            let first = try await farm.reset(seed: Seed(1))
            #expect(first.ready == 2 && first.desired == 2)
            #expect(Set(gateway.state.withLock { $0.deployed }) == ["w-1", "w-2"])
            _ = try await farm.advance(Staffing(4))
            let most = try await farm.advance(Staffing(4))
            #expect(most.metrics.ready == 4)
            _ = try await farm.advance(Staffing(1))
            let least = try await farm.advance(Staffing(1))
            #expect(least.metrics.ready == 1 && least.metrics.draining == 0)
            #expect(gateway.state.withLock { $0.functions.count } == 1)
            #expect(least.metrics.totals.isConserved && least.metrics.totals.failed == 0)
        }
        #expect(gateway.state.withLock { $0.functions }.isEmpty)
        #expect(gateway.state.withLock { $0.mostFunctions } == 4)
    }

    @Test("A worker that is asked for again while it is being deleted gets no calls before it is there again")
    func deletedAndWanted() async throws {
        let gateway = FunctionGateway(.init(callDelay: .milliseconds(50), deletionDelay: .milliseconds(500)))
        try await withFarm(gateway, scenario(initial: 4, rate: 100)) { farm in
            _ = try await farm.reset(seed: Seed(1))
            var retries = 0
            for desired in [4, 1, 4, 1, 4, 4] {
                retries += try await farm.advance(Staffing(desired)).metrics.stages.first.calls.retries
            }
            #expect(retries == 0)
        }
        let state = gateway.state.withLock { $0 }
        #expect(state.strayCalls == 0)
        #expect(state.deleted.count >= 3)
    }

    @Test("Names are used again")
    func names() async throws {
        let gateway = FunctionGateway()
        try await withFarm(gateway, scenario()) { farm in
            _ = try await farm.reset(seed: Seed(1))
            for desired in [4, 1, 4, 1, 3] { _ = try await farm.advance(Staffing(desired)) }
        }
        let state = gateway.state.withLock { $0 }
        #expect(Set(state.deployed).isSubset(of: ["w-1", "w-2", "w-3", "w-4"]))
        #expect(state.deployed.count > 4)
    }

    @Test(
        "faas-netes 662ce9c: a gateway that takes only so many functions is believed, said once, and the farm goes on")
    func report21_functionLimit() async throws {
        var state = FunctionGateway.State()
        state.limit = 3
        let gateway = FunctionGateway(state)
        try await withFarm(gateway, scenario(most: 8)) { farm in
            _ = try await farm.reset(seed: Seed(2))
            var notes: [String] = []
            var last: WindowMetrics?
            for _ in 0..<4 {
                let window = try await farm.advance(Staffing(8))
                #expect(window.end == nil)
                notes += window.metrics.notes
                last = window.metrics
            }
            #expect(last?.desired == 3 && last?.ready == 3)
            #expect(notes.count { $0.contains("no more than 3 worker functions") } == 1)
            #expect(last?.totals.failed == 0)
        }
    }

    @Test("A gateway that takes none ends the episode with its words")
    func noneAllowed() async throws {
        var state = FunctionGateway.State()
        state.limit = 0
        try await withFarm(FunctionGateway(state), scenario()) { farm in
            let error = await #expect(throws: FarmError.self) { _ = try await farm.reset(seed: Seed(2)) }
            #expect(error?.description.contains("no more functions") == true)
        }
    }

    @Test("A deletion that fails is tried again until the function is gone")
    func failingDeletion() async throws {
        var state = FunctionGateway.State()
        state.failingDeletions = 2
        let gateway = FunctionGateway(state)
        try await withFarm(gateway, scenario(initial: 3)) { farm in
            _ = try await farm.reset(seed: Seed(3))
            _ = try await farm.advance(Staffing(1))
            for _ in 0..<6 where gateway.state.withLock({ $0.functions.count }) > 1 {
                _ = try await farm.advance(Staffing(1))
            }
            #expect(gateway.state.withLock { $0.functions.count } == 1)
        }
    }

    @Test("Workers that are found running are used, and left as they were found")
    func adoption() async throws {
        var state = FunctionGateway.State()
        state.functions = ["w-1": true, "w-3": true, "other": true]
        let gateway = FunctionGateway(state)
        try await withFarm(gateway, scenario(), onReset: .adopt) { farm in
            let first = try await farm.reset(seed: Seed(4))
            #expect(first.desired == 2 && first.ready == 2)
            #expect(gateway.state.withLock { $0.deployed }.isEmpty)
            _ = try await farm.advance(Staffing(3))
            _ = try await farm.advance(Staffing(3))
        }
        #expect(Set(gateway.state.withLock { $0.functions.keys }) == ["w-1", "w-3", "other"])
    }

    @Test("A function that somebody deletes is deployed again, and no task is lost")
    func strangersHand() async throws {
        let gateway = FunctionGateway()
        try await withFarm(gateway, scenario(initial: 3)) { farm in
            _ = try await farm.reset(seed: Seed(5))
            gateway.state.withLock { $0.functions["w-2"] = nil }
            var last: WindowMetrics?
            for _ in 0..<40 where gateway.state.withLock({ $0.functions["w-2"] }) == nil {
                last = try await farm.advance(Staffing(3)).metrics
            }
            #expect(gateway.state.withLock { $0.functions["w-2"] } == true)
            #expect(last?.totals.isConserved == true && last?.totals.failed == 0)
        }
    }

    @Test("A busy worker is deleted only once its call has ended, and gets no further one")
    func draining() async throws {
        var state = FunctionGateway.State()
        state.callDelay = .milliseconds(400)
        let gateway = FunctionGateway(state)
        try await withFarm(gateway, scenario(initial: 4, rate: 60)) { farm in
            _ = try await farm.reset(seed: Seed(6))
            _ = try await farm.advance(Staffing(4))
            let window = try await farm.advance(Staffing(1))
            #expect(window.metrics.totals.failed == 0)
            for _ in 0..<4 { _ = try await farm.advance(Staffing(1)) }
            let end = try await farm.advance(Staffing(1))
            #expect(end.metrics.totals.failed == 0 && end.metrics.stages.first.calls.retries == 0)
            #expect(gateway.state.withLock { $0.functions.count } == 1)
        }
    }

    @Test("A function that cannot be deployed because it is still being deleted is no limit, and none is left behind")
    func snapshotInTheWay() async throws {
        let gateway = FunctionGateway()
        try await withFarm(gateway, scenario(initial: 4)) { farm in
            _ = try await farm.reset(seed: Seed(7))
            gateway.state.withLock {
                $0.functions["w-2"] = nil
                $0.snapshots["w-2"] = 1
            }
            var notes: [String] = []
            var last: WindowMetrics?
            for _ in 0..<20
            where last.map({ $0.ready < 4 }) ?? true || !notes.contains(where: { $0.contains("snapshot") }) {
                last = try await farm.advance(Staffing(4)).metrics
                notes += last?.notes ?? []
            }
            #expect(last?.ready == 4 && last?.desired == 4)
            #expect(notes.contains { $0.contains("snapshot") } && !notes.contains { $0.contains("takes no more") })
        }
        #expect(gateway.state.withLock { $0.functions }.isEmpty)
    }

    @Test("What a gateway still tells of a function that it is deleting is not believed")
    func lingering() async throws {
        var state = FunctionGateway.State()
        state.lingering = .milliseconds(500)
        let gateway = FunctionGateway(state)
        try await withFarm(gateway, scenario(initial: 4, rate: 100)) { farm in
            _ = try await farm.reset(seed: Seed(8))
            var (retries, draining) = (0, 0)
            for desired in [4, 1, 4, 4, 4, 4] {
                let metrics = try await farm.advance(Staffing(desired)).metrics
                retries += metrics.stages.first.calls.retries
                draining = max(draining, metrics.draining)
            }
            #expect(retries == 0 && draining >= 2)
            #expect(gateway.state.withLock { $0.strayCalls } == 0)
            #expect(gateway.state.withLock { $0.functions.count } == 4)
        }
    }

    @Test("A function that is there again after its deletion was answered with not found is deleted again")
    func comesBack() async throws {
        let gateway = FunctionGateway()
        try await withFarm(gateway, scenario(initial: 3)) { farm in
            _ = try await farm.reset(seed: Seed(9))
            gateway.state.withLock { $0.comingBack = .milliseconds(50) }
            for _ in 0..<4 { _ = try await farm.advance(Staffing(2)) }
            #expect(gateway.state.withLock { $0.functions.count } == 2)
            #expect(gateway.state.withLock { $0.deleted.count } == 2)
        }
        #expect(gateway.state.withLock { $0.functions }.isEmpty)
    }

    @Test("Workers end within a second, unless somebody says otherwise: faasd's deletions fail after 30 s")
    func healthCheckInterval() async throws {
        let gateway = FunctionGateway()
        try await withFarm(gateway, scenario(initial: 1)) { farm in _ = try await farm.reset(seed: Seed(10)) }
        #expect(gateway.state.withLock { $0.envVars["healthcheck_interval"] } == "1s")
    }

    @Test("Functions of a killed daemon are used, said, and deleted at the end, those beyond the pool too")
    func leftBehind() async throws {
        var state = FunctionGateway.State()
        for name in ["w-1", "w-2", "w-9", "w-10", "w-x", "other-1"] {
            state.functions[name] = true
            state.annotations[name] = ["faasfarm": "worker"]
        }
        state.annotations["w-10"] = ["faasfarm": "keep"]
        let gateway = FunctionGateway(state)
        try await withFarm(gateway, scenario(initial: 2)) { farm in
            let first = try await farm.reset(seed: Seed(11))
            #expect(first.notes.contains { $0.contains("a daemon that was killed has left w-1, w-2, w-9:") })
            #expect(gateway.state.withLock { $0.deployed }.isEmpty)
        }
        #expect(Set(gateway.state.withLock { $0.functions.keys }) == ["w-10", "w-x", "other-1"])
    }

    @Test("A worker is written down as not there before it is deployed, and struck out when it is deleted")
    func writtenDown() async throws {
        let folder = try TemporaryFolder()
        let gateway = FunctionGateway()
        let records = try FoundWorkers(directory: folder.url)
        try await withFarm(gateway, scenario(initial: 2), records: records) { farm in
            _ = try await farm.reset(seed: Seed(12))
            let files = try folder.files()
            #expect(files.filter { $0.hasSuffix(".json") }.count == 2)
            #expect(files.filter { $0.hasSuffix(".lock") }.count == 1)
        }
        #expect(try folder.files().isEmpty)
    }
}
