import Foundation

/// Steps that Gymnasium 1.4 made. `python Tests/ClassicControlTests/Trajectories/generate.py` writes them anew.
struct Trajectory: Decodable {
    struct Reset: Decodable {
        /// Steps before it.
        var step: Int
        var observation: [Double]
    }

    /// In decimal digits; of the first reset, the others have none.
    var seed: String
    var resets: [Reset]
    private var steps: [[Double]]

    struct Step {
        var action: Double
        var reward: Double
        var terminated: Bool
        var truncated: Bool
        var observation: [Double]
    }

    var count: Int { steps.count }

    subscript(index: Int) -> Step {
        let row = steps[index]
        return Step(
            action: row[0], reward: row[1], terminated: row[2] == 1, truncated: row[3] == 1,
            observation: Array(row.dropFirst(4)))
    }

    static let names = ["CartPole-v1", "MountainCar-v0", "Acrobot-v1", "Pendulum-v1"]

    static func all(_ name: String) throws -> [Trajectory] {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Trajectories/\(name).json")
        return try JSONDecoder().decode([Trajectory].self, from: Data(contentsOf: url))
    }
}

/// The greatest difference between elements; infinite when the counts differ.
func distance(_ some: [Double], _ others: [Double]) -> Double {
    guard some.count == others.count else { return .infinity }
    return zip(some, others).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
