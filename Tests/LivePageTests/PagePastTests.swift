import Farm
import Foundation
import Steering
import Testing

@testable import LiveFarm
@testable import LivePage

@Suite("What the live page remembers")
struct PagePastTests {
    private struct Message: Decodable {
        struct Farm: Decodable {
            let id: Int
            let queued: Int
            let qos: Double?
        }
        struct Function: Decodable {
            let name: String
            let number: Int
            let trouble: String?
        }
        let whole: Bool
        let stopping: Bool
        let farms: [Farm]
        let functions: [Function]
        let goneFarms: [Int]
    }

    private func message(_ past: PagePast, since seen: Int, isStopping: Bool = false) throws -> (Message, Int)? {
        guard let next = past.message(since: seen, mayAct: false, recording: "a \"b\"", isStopping: isStopping) else {
            return nil
        }
        return (try JSONDecoder().decode(Message.self, from: Data(next.text.utf8)), next.version)
    }

    private func reading(queued: Int) -> FarmMeter.Reading {
        var reading = FarmMeter.Reading()
        (reading.scenario, reading.queued) = ("demo", queued)
        return reading
    }

    private func entry(_ function: String, number: Int) -> SteeringBoard.Entry {
        let decision = SteeringDecision(
            number: number, time: Double(number), function: function, mode: .steer, sighting: nil,
            blindness: "it is dark",
            inputAge: -1, workers: nil, before: 2, recommended: nil, fault: nil, author: .nobody, proposed: 2,
            refusals: [],
            asked: 2, policy: "p", digest: "d")
        return SteeringBoard.Entry(
            settings: SteeringSettings(function: function), policy: "p", fallback: nil, source: "s", decision: decision,
            metrics: WindowMetrics(), mode: .steer, pause: nil, isOnFallback: false)
    }

    @Test("tells everything once, then what has changed, and what is gone")
    func changes() throws {
        let past = PagePast()
        past.take([(1, reading(queued: 3)), (2, reading(queued: 0))], at: 100)
        past.take(entry("resize", number: 1))
        let (first, version) = try #require(try message(past, since: -1))
        #expect(first.whole && first.farms.count == 2 && first.functions.count == 1)
        #expect(first.farms.first { $0.id == 1 }?.queued == 3)
        #expect(first.farms.allSatisfy { $0.qos == nil })
        #expect(first.functions[0].trouble == "it is dark; the platform does not tell of the workers")
        #expect(try message(past, since: version) == nil)

        past.take([(1, reading(queued: 4)), (2, reading(queued: 0))], at: 101)
        let (second, after) = try #require(try message(past, since: version))
        #expect(!second.whole && second.farms.map(\.id) == [1] && second.functions.isEmpty)

        past.take([(1, reading(queued: 4))], at: 102)
        let (third, last) = try #require(try message(past, since: after))
        #expect(third.goneFarms == [2] && third.farms.isEmpty)
        let (stopping, _) = try #require(try message(past, since: last, isStopping: true))
        #expect(stopping.stopping && stopping.farms.isEmpty)
    }

    @Test("gives everything to who has missed too much")
    func late() throws {
        let past = PagePast()
        past.take([(0, reading(queued: 0))], at: 0)
        let (_, version) = try #require(try message(past, since: -1))
        past.take((1...PagePast.mostGone + 2).map { ($0, reading(queued: 0)) }, at: 1)
        past.take([(0, reading(queued: 0))], at: 2)
        let (next, _) = try #require(try message(past, since: version))
        #expect(next.whole && next.farms.map(\.id) == [0])
    }

    @Test("keeps the newest points and decisions, oldest first, and no more")
    func history() throws {
        struct History: Decodable {
            struct Decision: Decodable { let number: Int }
            let points: [[Double?]]
            let decisions: [Decision]
        }
        let past = PagePast()
        for number in 1...PagePast.points + 10 { past.take(entry("resize", number: number)) }
        let text = try #require(past.history(of: .function("resize")))
        let history = try JSONDecoder().decode(History.self, from: Data(text.utf8))
        #expect(history.points.map(\.first) == (11...PagePast.points + 10).map { Double($0) })
        #expect(
            history.decisions.map(\.number)
                == Array((PagePast.points + 10 - PagePast.decisions + 1)...PagePast.points + 10))
        #expect(past.decision(of: "resize") == PagePast.points + 10)
        #expect(past.history(of: .function("other")) == nil && past.history(of: .farm(1)) == nil)
    }

    @Test("asks for a preview once a decision, however many look")
    func previews() async {
        let (asked, ask) = AsyncStream<String>.makeStream()
        let cache = PreviewCache {
            ask.yield($0)
            return 7
        }
        for decision in [1, 1, 1, 2] { #expect(await cache.count(of: "resize", at: decision) == 7) }
        ask.finish()
        #expect(await asked.reduce(0) { count, _ in count + 1 } == 2)
    }
}
