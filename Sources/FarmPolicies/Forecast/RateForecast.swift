/// The rate at which tasks will come, from the counts of the windows: a level and a trend (Holt), or what came a
/// season ago; how far such forecasts were off, and by how much counts vary more than Poisson's.
struct RateForecast: Sendable {
    struct Settings: Sendable {
        /// Weights of the newest window in the level and in the trend, 0 to 1.
        var level = 0.5
        var trend = 0.1
        /// Seconds after which the load repeats itself; 0: it does not.
        var period = 0.0
    }

    private let settings: Settings
    /// Tasks a second at the last window's middle, and their change a window.
    private(set) var level = 0.0
    private(set) var slope = 0.0
    /// Mean squared error of the forecasts of one window ahead.
    private var squaredError = 0.0
    /// The last absolute errors of the forecast and of repeating the last value, newest last.
    private var errors: [(forecast: Double, repeated: Double)] = []
    /// Variance over mean of the counts, 1 for Poisson's.
    private(set) var dispersion = 1.0
    private var last = 0.0
    private(set) var windows = 0
    /// Rates of the windows of the last period.
    private var season: [Double] = []

    private static let remembered = 10

    init(_ settings: Settings) { self.settings = settings }

    /// Whether the forecasts have lately been nearer than repeating the last value was.
    var isTrusted: Bool {
        guard errors.count >= 3 else { return false }
        let sums = errors.reduce((0.0, 0.0)) { ($0.0 + $1.forecast, $0.1 + $1.repeated) }
        return sums.0 <= sums.1
    }

    /// - Parameters:
    ///   - count: tasks that came in the window.
    ///   - seconds: its length, above 0.
    mutating func add(count: Int, seconds: Double) {
        let rate = max(Double(count), 0) / seconds
        defer {
            last = rate
            windows += 1
            if settings.period > 0 {
                season.append(rate)
                let kept = Int(min((settings.period / seconds).rounded(.up), 100_000)) + 1
                if season.count > kept { season.removeFirst(season.count - kept) }
            }
        }
        guard windows > 0 else {
            level = rate
            squaredError = max(rate, 1 / seconds) / seconds
            return
        }
        let expected = mean(ahead: seconds, window: seconds)
        let error = rate - expected
        errors.append((abs(error), abs(rate - last)))
        if errors.count > RateForecast.remembered { errors.removeFirst() }
        let weight = max(0.1, 1 / Double(windows + 1))
        squaredError += weight * (error * error - squaredError)
        let excess = error * error * seconds / max(expected, 1 / seconds)
        dispersion += 0.05 * (min(excess, 100) - dispersion)
        let before = level
        level = settings.level * rate + (1 - settings.level) * (level + slope)
        slope = settings.trend * (level - before) + (1 - settings.trend) * slope
    }

    /// The expected rate of the window that ends `ahead` seconds from now, 0 or more.
    func mean(ahead: Double, window: Double) -> Double {
        if settings.period > 0, let seasonal = seasonal(ahead: ahead, window: window) { return seasonal }
        return max(0, level + slope * ahead / window)
    }

    /// What came in the window a period before.
    private func seasonal(ahead: Double, window: Double) -> Double? {
        let back = Int(min(max(((settings.period - ahead) / window).rounded(), -1), 1e6)) + 1
        guard back >= 1, back <= season.count else { return nil }
        return season[season.count - back]
    }

    /// The rate that is not exceeded with the probability of the normal quantile `deviations`: errors so far, and
    /// counts that vary.
    func upper(ahead: Double, window: Double, deviations: Double) -> Double {
        let expected = mean(ahead: ahead, window: window)
        return max(0, expected + deviations * (squaredError * max(ahead / window, 1)).squareRoot())
    }
}
