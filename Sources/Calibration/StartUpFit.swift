import Foundation

/// How long workers take to start, from what windows tell: by Little's law, the mean is the workers' starting time over the
/// number of starts, however long the windows are.
struct StartUpFit: Sendable, Hashable {
    /// A window that has ended. Times are seconds.
    struct Window: Sendable, Hashable {
        var seconds: Double
        /// ∫ (starting + ready + draining) dt over the window.
        var paid: Double
        /// ∫ ready dt over the window.
        var ready: Double
        /// Tasks' workers beyond the ready ones at its end.
        var draining: Double
        var starting: Int
        /// Change of the number asked for, at its beginning.
        var change: Int
    }

    /// Seconds.
    let mean: Double
    /// Seconds; of the waves' means, scaled to single starts.
    let standardDeviation: Double
    let starts: Int
    /// Stretches of time in which workers started, from none to none.
    let waves: Int
    /// Mean delay of each wave, in seconds, ascending.
    let delays: [Double]

    /// - Parameter episodes: windows of each episode, in order.
    /// - Returns: nil when no worker was seen to start.
    init?(_ episodes: [[Window]]) {
        var waves: [(seconds: Double, starts: Int)] = []
        for windows in episodes {
            var wave = (seconds: 0.0, starts: 0)
            for window in windows {
                wave.starts += max(0, window.change)
                // Draining is known at windows' ends only, and where workers leave no other start.
                if wave.starts > 0 {
                    wave.seconds += max(0, window.paid - window.ready - window.draining * window.seconds)
                }
                guard window.starting == 0 else { continue }
                if wave.starts > 0 { waves.append(wave) }
                wave = (0, 0)
            }
        }
        let starts = waves.map(\.starts).reduce(0, +)
        guard starts > 0 else { return nil }
        let mean = waves.map(\.seconds).reduce(0, +) / Double(starts)
        let squares = waves.reduce(0) {
            let difference = $1.seconds / Double($1.starts) - mean
            return $0 + Double($1.starts) * difference * difference
        }
        self.mean = mean
        self.starts = starts
        self.waves = waves.count
        delays = waves.map { $0.seconds / Double($0.starts) }.sorted()
        standardDeviation = waves.count > 1 ? (squares / Double(waves.count - 1)).squareRoot() : 0
    }
}
