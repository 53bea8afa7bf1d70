import Foundation
import Testing

@testable import Evaluation

struct GoalTests {
    @Test(
        "A text becomes a goal, and its text the same one",
        arguments: [
            ("qos>=0.99", "qos>=0.99"), (" qos >= 99% ", "qos>=0.99"), ("paper_qos>=1", "paper_qos>=1"),
            ("qos>=0", "qos>=0"), ("response_time_p95<=2", "response_time_p95<=2"), ("queue<=0.5", "queue<=0.5"),
            ("response_time<=1.25e1", "response_time<=12.5"),
        ])
    func reading(text: String, canonical: String) throws {
        let goal = try Goal(text)
        #expect(goal.text == canonical)
        #expect(try Goal(goal.text) == goal)
        #expect(try JSONDecoder().decode(Goal.self, from: JSONEncoder().encode(goal)) == goal)
    }

    @Test(
        "A refusal says what was got and what is expected",
        arguments: [
            ("", "one of qos, paper_qos"), ("qos", "qos takes >="), ("qos<=0.99", "qos takes >="),
            ("qos>0.99", "qos takes >="), ("qos=0.99", "qos takes >="), ("qos>=", "a number is expected"),
            ("qos>=99", "from 0 to 1"), ("qos>=-0.1", "from 0 to 1"), ("qos>=nan", "a number is expected"),
            ("qos>=inf", "a number is expected"), ("qos>=1e30", "from 0 to 1"), ("qos>=0x1", "a number is expected"),
            ("response_time_p95>=2", "response_time_p95 takes <="), ("queue<=5%", "only shares"),
            ("queue<=-1", "from 0 to"), ("reward>=3", "one of qos"), ("worker_seconds<=3", "one of qos"),
            (String(repeating: "q", count: 100_000), "one of qos"),
        ])
    func refusal(text: String, reason: String) throws {
        let error = try #require(throws: EvaluationError.self) { try Goal(text) }
        #expect("\(error)".contains(reason), "\(error)")
        #expect("\(error)".contains("write it as qos>=0.99"))
        #expect("\(error)".count < 400)
    }

    @Test("A policy stands to a goal as its whole interval does")
    func standing() throws {
        let qos = try Goal("qos>=0.99")
        let time = try Goal("response_time_p95<=2")
        func interval(_ low: Double, _ high: Double) -> Interval {
            Interval(mean: (low + high) / 2, low: low, high: high, sd: 0.1)
        }
        #expect(qos.standing(interval(0.99, 0.995)) == .kept)
        #expect(qos.standing(interval(0.985, 0.995)) == .unsure)
        #expect(qos.standing(interval(0.97, 0.98)) == .missed)
        #expect(time.standing(interval(1.5, 2)) == .kept)
        #expect(time.standing(interval(1.5, 2.1)) == .unsure)
        #expect(time.standing(interval(2.1, 3)) == .missed)
        #expect(qos.shortfall(0.97) > 0 && qos.shortfall(1) == 0 && qos.shortfall(0.99) == 0)
    }

    @Test("Of several, the cheapest that surely keeps the goal; else the nearest, then the cheapest")
    func best() throws {
        let objective = Objective.goal(try Goal("qos>=0.95"))
        let sure = [0.97, 0.96, 0.98, 0.97]
        let unsure = [0.90, 1.0, 0.93, 1.0]
        let missed = [0.90, 0.91, 0.90, 0.91]
        func policy(_ name: String, _ qos: [Double], _ workers: Double) -> PolicyResult {
            Fixtures.policy(name, qos: qos, workers: qos.map { _ in workers })
        }
        let all = [
            policy("a", missed, 2), policy("b", sure, 9), policy("c", unsure, 3), policy("d", sure, 7),
            policy("e", sure, 7),
        ]
        #expect(try objective.best(of: all)?.index == 3)
        #expect(try objective.best(of: all)?.standing == .kept)
        let none = [policy("a", missed, 2), policy("c", unsure, 3)]
        #expect(try objective.best(of: none)?.index == 1)
        #expect(try objective.best(of: none)?.standing == .unsure)
        #expect(try objective.best(of: [policy("a", missed, 2), policy("b", missed, 1)])?.index == 1)
        #expect(try objective.best(of: []) == nil)
        #expect(try Objective.reward.best(of: all)?.index == 2)
    }

    @Test("The report has who keeps the goal, the cheapest first, beside the cheapest fixed number that does")
    func order() throws {
        var result = Fixtures.evaluation()
        result.goal = try Goal("qos>=0.98")
        let comparison = try Comparison(result)
        let names = comparison.byGoal.map(\.policy)
        #expect(names == ["ppo", "static:15", "ratchet", "queue-length:target=5,floor=2"])
        #expect(comparison.byGoal.first?.standing == .kept)
        #expect(comparison.byGoal.last?.standing == .missed)
        #expect(comparison.policies[0].toHindsight == nil && comparison.policies[0].overHindsight != nil)
        let text = TextTable().text(comparison)
        #expect(text.contains("goal qos>=0.98") && text.contains("missed") && text.contains("worker-s over hindsight"))
        #expect(JSONReport.text(comparison).contains("\"goal\": \"kept\""))
        #expect(JSONReport.text(comparison).contains("\"by_goal\": [\"ppo\""))
        #expect(HTMLReport.text(comparison).contains("Who keeps qos&gt;=0.98"))
        #expect(!text.contains("nothing here surely keeps it"))
        result.goal = try Goal("qos>=1")
        #expect(TextTable().text(try Comparison(result)).contains("nothing here surely keeps it"))
    }
}
