import EnvironmentClient
import Foundation
import Gymnasium
import Randomness

/// Steps the environments of a server from this process, and takes the time.
public enum WireThroughput {
    /// - Returns: the figures as a JSON object.
    /// - Throws: `ClientError`, or `EnvironmentError`.
    public static func measure(
        _ environmentID: String, count: Int, at endpoint: String, seconds: Double
    ) throws -> String {
        let vector = try RemoteVector(ClientConfiguration(endpoint), make: RemoteMake(environmentID, count: count))
        defer { vector.closeNow() }
        let buffers = RowBuffers(for: vector)
        try vector.begin(seeds: (0..<count).map { Seed(UInt64($0)) }, into: buffers)
        // Zero is an action of any discrete space, and of most boxes.
        let actions = [UInt8](repeating: 0, count: count * (vector.actionSpace.arrayForm?.byteCount ?? 0))
        var trips = 0
        var begun = ContinuousClock.now
        for limit in [Duration.milliseconds(100), .seconds(seconds)] {
            begun = .now
            trips = 0
            while .now - begun < limit {
                try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
                trips += 1
            }
        }
        let rate = Double(trips) / ((ContinuousClock.now - begun) / .seconds(1))
        func rounded(_ number: Double) -> Double { (number * 10).rounded() / 10 }
        return "{\"env\": \"\(environmentID)\", \"num_envs\": \(count), "
            + "\"round_trips_per_second\": \(rounded(rate)), \"env_steps_per_second\": \(rounded(rate * Double(count)))}"
    }
}
