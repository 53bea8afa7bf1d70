import Randomness

/// How a rate goes over an episode, as multiples of its mean: swings, climbs, jumps, flashes, wandering and noise, each there or
/// not, multiplied.
struct RateCourse {
    /// Stretches of equal rate in a window.
    static let cells = 4

    /// One a cell; their mean is 1 but for what a peak is cut off at.
    private(set) var rates: [Double]
    private let steps: Int

    /// The highest mean of a window.
    var highest: Double {
        let sums = (0..<steps).map { step in rates[step * Self.cells..<(step + 1) * Self.cells].reduce(0, +) }
        return (sums.max() ?? 0) / Double(Self.cells)
    }

    /// - Parameter peak: the highest multiple that there may be, 1 or more where it has room.
    init(steps: Int, peak: Double, using draw: inout ParameterDraw) {
        self.steps = steps
        rates = Array(repeating: 1, count: steps * Self.cells)
        // A tenth of all loads stand still.
        if !draw.happens(0.1) {
            if draw.happens(0.3) { swing(&draw) }
            if draw.happens(0.15) { climb(&draw) }
            if draw.happens(0.35) { jump(&draw) }
            if draw.happens(0.4) { wander(&draw) }
            if draw.happens(0.35) { flash(&draw) }
            if draw.happens(0.08) { fallSilent(&draw) }
            if draw.happens(0.5) { addNoise(&draw) }
        }
        let mean = rates.reduce(0, +) / Double(rates.count)
        let most = max(peak, 1)
        for cell in rates.indices { rates[cell] = min(rates[cell] / max(mean, 1e-9), most) }
    }

    /// A day, a week: the logarithm is a sine.
    private mutating func swing(_ draw: inout ParameterDraw) {
        let windows = draw.logUniform(20, Double(2 * steps))
        let (phase, height) = (draw.uniform(0, 1), draw.uniform(0.3, 1.5))
        for cell in rates.indices {
            let turns = (Double(cell) / (Double(Self.cells) * windows) + phase).truncatingRemainder(dividingBy: 1)
            rates[cell] *= Elementary.exp(height * Elementary.sine(turns: turns))
        }
    }

    private mutating func climb(_ draw: inout ParameterDraw) {
        let height = draw.uniform(-2, 2)
        for cell in rates.indices { rates[cell] *= Elementary.exp(height * Double(cell) / Double(rates.count)) }
    }

    /// Phases, announced by nothing.
    private mutating func jump(_ draw: inout ParameterDraw) {
        let (length, height) = (draw.logUniform(4, 80), draw.uniform(0.3, 1))
        var level = 1.0
        var left = 0.0
        for cell in rates.indices {
            if left <= 0 {
                left = length * (0.3 + 0.7 * draw.exponential()) * Double(Self.cells)
                level = Elementary.exp(height * draw.normal())
            }
            left -= 1
            rates[cell] *= level
        }
    }

    private mutating func wander(_ draw: inout ParameterDraw) {
        let (memory, height) = (draw.logUniform(1, 40) * Double(Self.cells), draw.uniform(0.1, 0.6))
        let keep = Elementary.exp(-1 / memory)
        let kick = height * (1 - keep * keep).squareRoot()
        var place = height * draw.normal()
        for cell in rates.indices {
            rates[cell] *= Elementary.exp(place)
            place = keep * place + kick * draw.normal()
        }
    }

    /// Crowds that come at once, or within a window or three, and go again.
    private mutating func flash(_ draw: inout ParameterDraw) {
        let (pause, length, height) = (draw.logUniform(12, 150), draw.logUniform(1, 20), draw.logUniform(2, 15))
        let rise = draw.happens(0.7) ? 0 : draw.uniform(0.5, 3)
        let isAlike = draw.happens(0.5)
        var cell = Int(pause * draw.exponential() * Double(Self.cells))
        while cell < rates.count {
            let windows = length * (isAlike ? 1 : 0.3 + 0.7 * draw.exponential())
            let factor = isAlike ? height : 1 + (height - 1) * draw.uniform(0.3, 1.5)
            for place in 0..<max(Int(windows * Double(Self.cells)), 1) where cell + place < rates.count {
                let part = rise > 0 ? min(1, Double(place + 1) / (rise * Double(Self.cells))) : 1
                rates[cell + place] *= 1 + (factor - 1) * part
            }
            cell += Int((windows + pause * (0.2 + 0.8 * draw.exponential())) * Double(Self.cells)) + 1
        }
    }

    /// Hardly anything for a while.
    private mutating func fallSilent(_ draw: inout ParameterDraw) {
        let (on, off) = (draw.logUniform(5, 80), draw.logUniform(5, 60))
        var isOn = draw.happens(0.5)
        var left = 0.0
        for cell in rates.indices {
            if left <= 0 {
                isOn.toggle()
                left = (isOn ? on : off) * draw.exponential() * Double(Self.cells)
            }
            left -= 1
            if !isOn { rates[cell] *= 0.02 }
        }
    }

    /// More than a Poisson process has, in each window or in parts of it.
    private mutating func addNoise(_ draw: inout ParameterDraw) {
        let variance = draw.logUniform(0.02, 1.5)
        let width = draw.pick([1, Self.cells])
        var factor = 1.0
        for cell in rates.indices {
            if cell % width == 0 { factor = draw.gamma(variance: variance) }
            rates[cell] *= factor
        }
    }
}
