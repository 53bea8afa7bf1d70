import Farm
import Steering

@testable import KEDAScaler

/// The time of all boards here, seconds since 1970.
let present = 1_700_000_000.0

extension SteeringBoard {
    /// Posts a decision about `resize`.
    func post(
        _ workers: Int, by author: SteeringDecision.Author = .policy, age: Double = 0, decided: Double = present,
        mode: SteeringDecision.Mode = .steer, function: String = "resize"
    ) {
        let decision = SteeringDecision(
            number: 7, time: decided, function: function, mode: mode, sighting: nil, blindness: nil, inputAge: age,
            workers: nil, before: 1, recommended: author == .policy ? workers : nil,
            fault: author == .policy ? nil : "out of memory", author: author, proposed: workers, refusals: [],
            asked: workers, policy: "experts", digest: "")
        post(
            Entry(
                settings: SteeringSettings(function: function), policy: "experts", fallback: nil, source: "gateway",
                decision: decision, metrics: WindowMetrics(), mode: mode, pause: nil, isOnFallback: author == .fallback)
        )
    }

    var answers: ScalerAnswers { ScalerAnswers(board: self, now: { present }) }
}

extension Externalscaler_ScaledObjectRef {
    init(_ name: String, _ metadata: [String: String] = [:]) {
        self.init()
        self.name = name
        namespace = "default"
        scalerMetadata = metadata
    }
}
