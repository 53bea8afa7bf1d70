import Farm
import Gymnasium
import Testing

@testable import FarmEnvironments

struct ObservationCatalogueTests {
    private func value(_ name: String, known: KnownTimes = KnownTimes(), _ change: (inout WindowMetrics) -> Void) throws
        -> Float
    {
        var metrics = WindowMetrics()
        change(&metrics)
        let feature = try ObservationCatalogue.feature(named: name)
        let scale = FarmScale(.small())
        return feature.transform(
            feature.source.raw(metrics, metrics.stages.first, known: known, scale: scale), scale: scale)
    }

    @Test func fullIsSixteenInTheDocumentedOrder() {
        #expect(
            ObservationCatalogue.full.map(\.name) == [
                "queue_length", "oldest_age", "running", "ready", "starting", "draining", "desired", "arrival_rate",
                "arrival_rate_recent", "service_time_mean", "service_time_p95", "qos", "completions", "failures",
                "utilisation",
                "last_action",
            ])
        #expect(ObservationCatalogue.all.count == 22)
        #expect(Set(ObservationCatalogue.all.map(\.source)) == Set(ObservationSource.allCases))
        for feature in ObservationCatalogue.all {
            #expect(!feature.meaning.isEmpty && !feature.transform.description.isEmpty)
        }
    }

    @Test func everyFeatureReadsItsOwnNumber() throws {
        #expect(try value("queue_length") { $0.stages.first.queueLength = 10_000 } == 1)
        #expect(try value("oldest_age") { $0.stages.first.oldestAge = 3_600 } == 1)
        #expect(try value("running") { $0.stages.first.running = 1 } == 0.1)
        #expect(try value("ready") { $0.stages.first.workers.ready = 2 } == 0.2)
        #expect(try value("starting") { $0.stages.first.workers.starting = 3 } == 0.3)
        #expect(try value("draining") { $0.stages.first.workers.draining = 4 } == 0.4)
        #expect(try value("desired") { $0.stages.first.workers.desired = 5 } == 0.5)
        #expect(try value("arrival_rate") { $0.stages.first.arrivalRate = 1_000 } == 1)
        #expect(try value("arrival_rate_recent") { $0.stages.first.recentArrivalRate = 1_000 } == 1)
        #expect(try value("qos") { ($0.met, $0.missed) = (3, 1) } == 0.75)
        #expect(try value("completions") { $0.stages.first.completions = 10_000 } == 1)
        #expect(try value("failures") { $0.stages.first.failures = 10_000 } == 1)
        #expect(try value("utilisation") { $0.stages.first.utilisation = 0.25 } == 0.25)
        #expect(try value("time_of_day") { $0.time = 86_400 * 1.5 } == 0.5)
        #expect(try value("remaining_fraction") { $0.time = 10 } == 0.75)
        #expect(try value("collisions") { $0.stages.first.calls.collisions = 10_000 } == 1)
        #expect(try value("retries") { $0.stages.first.calls.retries = 10_000 } == 1)
    }

    @Test func timesAreTheKnownOnes() throws {
        let known = KnownTimes(serviceMean: 1, serviceP95: 3, responseMean: 1, responseMax: 9)
        #expect(try value("service_time_mean", known: known) { _ in } == 0.5)
        #expect(try value("service_time_p95", known: known) { _ in } == 0.75)
        #expect(try value("response_time_mean", known: known) { _ in } == 0.5)
        #expect(try value("response_time_max", known: known) { _ in } == 0.9)
    }

    @Test func lastActionIsCentredOnNoChange() throws {
        #expect(try value("last_action") { $0.stages.first.workers.appliedDelta = 0 } == 0.5)
        #expect(try value("last_action") { $0.stages.first.workers.appliedDelta = -9 } == 0)
        #expect(try value("last_action") { $0.stages.first.workers.appliedDelta = 9 } == 1)
        let fixed = FarmScale(.small(workers: WorkerBounds(min: 3, max: 3, initial: 3)))
        #expect(
            ObservationSource.lastAction.raw(WindowMetrics(), StageMetrics(), known: KnownTimes(), scale: fixed) == 0.5)
    }

    @Test func anUnknownNameIsRefusedWithNearOnes() throws {
        let refused = try #require(refusal { _ = try ObservationCatalogue.feature(named: "queue_lenght") })
        #expect(refused.argument == "observation")
        #expect(refused.message.contains("\"queue_length\""))
        let far = try #require(refusal { _ = try ObservationCatalogue.feature(named: "zzzzzzzzzzzz") })
        #expect(far.message.contains("there are: queue_length"))
    }
}
