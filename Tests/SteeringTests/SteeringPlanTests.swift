import Farm
import Testing

@testable import Steering

/// Configurations as they are read, and what is said of those that are not.
@Suite struct SteeringPlanTests {
    private let text = """
        gateway: {url: "http://127.0.0.1:8080", password_file: password.txt}
        journal: steer.sqlite
        listen: {ingress: "127.0.0.1:9100", metrics: "127.0.0.1:9200"}
        functions:
          - function: resize
            policy: guarded:experts
            fallback: queue-length:target=2
            source: ingress
            period: 5
            deadline: 2
            workers: {min: 1, max: 20}
            rails:
              largest_step_up: 4
              forbidden: [{from: "22:00", to: "06:00", change: down}]
          - function: thumbs
            pool: [thumbs, thumbs-2]
            policy: static:3
            mode: advise
            workers: {max: 5}
            source:
              prometheus: {url: "http://127.0.0.1:9090", arrival_rate: "sum(rate(calls[1m]))"}
        """

    @Test func readsAllOfIt() throws {
        let plan = try SteeringPlan(yaml: text, file: "steer.yaml")
        #expect(plan.gateway.passwordFile == "password.txt")
        #expect(plan.listeners.ingress == "127.0.0.1:9100")
        let (resize, thumbs) = (plan.functions[0], plan.functions[1])
        #expect(resize.settings.period == 5 && resize.settings.staleAfter == 15 && resize.settings.patience == 2)
        #expect(resize.settings.largestStepUp == 4)
        #expect(resize.settings.forbidden == [.init(from: 79_200, to: 21_600, direction: .down)])
        #expect(resize.settings.workers == WorkerBounds(min: 1, max: 20, initial: 1))
        #expect(resize.source == .ingress && resize.mode == .steer)
        #expect(thumbs.pool == ["thumbs", "thumbs-2"] && thumbs.mode == .advise)
        guard case .prometheus(let queries) = thumbs.source else {
            Issue.record("the source is \(thumbs.source)")
            return
        }
        #expect(queries.arrivalRate == "sum(rate(calls[1m]))" && queries.queued == nil)
    }

    @Test(arguments: [
        ("period: 5", "period: 0", "functions[0].period must be a number from 0.1"),
        ("source: ingress", "source: ingres", "functions[0].source must be ingress, gateway or"),
        ("mode: advise", "mode: look", "functions[1].mode must be one of steer, advise"),
        ("max: 20", "max: 0", "functions[0].workers.max must be a whole number from 1"),
        ("min: 1, max: 20", "min: 30, max: 20", "functions[0].workers.max is 20, below"),
        ("\"22:00\"", "\"25:00\"", "functions[0].rails.forbidden[0].from must be a time of the day"),
        ("function: thumbs", "function: resize", "\"resize\" is steered twice"),
        ("policy: static:3", "polity: static:3", "unknown key \"polity\" in functions[1]"),
        ("ingress: \"127.0.0.1:9100\", ", "", "there is no listen.ingress"),
        (
            "arrival_rate: \"sum(rate(calls[1m]))\"", "queued: 1",
            "functions[1].source.prometheus.arrival_rate is missing"
        ),
    ])
    func saysWhatIsWrong(_ old: String, _ new: String, _ reason: String) throws {
        let wrong = text.replacing(old, with: new)
        #expect(wrong != text)
        let error = #expect(throws: ScenarioError.self) { try SteeringPlan(yaml: wrong, file: "steer.yaml") }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }
}
