import Farm
import Foundation
import Steering

/// What a function's state is to be, or the end of steering.
struct Post: Decodable {
    var stop: Bool?
    var function: String?
    var workers: Int?
    /// The policy, if it is not said.
    var author: SteeringDecision.Author?
    var mode: SteeringDecision.Mode?
    /// Of the input, in seconds; negative: there is none.
    var age: Double?
    var fault: String?

    init(_ line: String) throws {
        self = try JSONDecoder().decode(Post.self, from: Data(line.utf8))
    }

    /// - Returns: a line of JSON.
    func act(on board: SteeringBoard) throws -> String {
        if stop == true {
            board.stop()
            return "{\"stopped\": true}"
        }
        let function = function ?? ""
        let workers = workers ?? 0
        let decision = SteeringDecision(
            number: 1, time: Date().timeIntervalSince1970, function: function, mode: mode ?? .steer, sighting: nil,
            blindness: nil, inputAge: age ?? 0, workers: nil, before: workers, recommended: workers, fault: fault,
            author: author ?? .policy, proposed: workers, refusals: [], asked: workers, policy: "test", digest: "")
        board.post(
            SteeringBoard.Entry(
                settings: SteeringSettings(function: function), policy: "test", fallback: nil, source: "test",
                decision: decision, metrics: WindowMetrics(), mode: mode ?? .steer, pause: nil,
                isOnFallback: author == .fallback))
        return "{\"posted\": true}"
    }
}
