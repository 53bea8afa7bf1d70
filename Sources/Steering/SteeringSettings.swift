public import Farm

/// How a function is steered. Times are seconds.
public struct SteeringSettings: Sendable, Hashable {
    /// A function is forbidden to change its number at these times of the day (UTC).
    public struct ForbiddenTime: Sendable, Hashable, Codable {
        /// Seconds since midnight; a time that ends before it begins goes over midnight.
        public var from: Double
        public var to: Double
        public var direction: Direction

        public init(from: Double, to: Double, direction: Direction) {
            (self.from, self.to, self.direction) = (from, to, direction)
        }
    }

    /// Which changes something is about.
    public enum Direction: String, Sendable, Hashable, Codable, CaseIterable {
        case up, down, both
    }

    /// Of the function on its gateway, and in records.
    public var function: String
    /// From a decision to the next one.
    public var period = 10.0
    public var workers = WorkerBounds(min: 1, max: 10, initial: 1)
    /// A call is to be answered within this time.
    public var deadline = 5.0
    /// What a call needs, as long as nothing has been measured.
    public var service = 0.5
    /// From asking for a worker until it takes calls.
    public var startUp = 5.0
    /// How long the policy may take for a number.
    public var patience = 2.0
    /// What is known longer ago is not acted on.
    public var staleAfter = 30.0
    /// How long the policy must have answered well before it has the function back from the fallback.
    public var quiet = 60.0
    /// Workers that a period may bring or take at most; nil: any number.
    public var largestStepUp: Int?
    public var largestStepDown: Int?
    /// For how long a recommendation counts before the number goes below it.
    public var holdDown = 60.0
    /// While the oldest call that waits is older than this share of the deadline, no worker is taken away.
    public var ageShare = 0.5
    public var forbidden: [ForbiddenTime] = []
    /// Worker-seconds a day (UTC); nil: any number.
    public var dailyBudget: Double?

    public init(function: String) {
        self.function = function
    }
}

/// What is kept of a steered function from one period to the next, and over the program's end.
public struct SteeringMemory: Sendable, Hashable, Codable {
    /// A number that was recommended, and when.
    public struct Recommendation: Sendable, Hashable, Codable {
        public var time: Double
        public var count: Int

        public init(time: Double, count: Int) {
            (self.time, self.count) = (time, count)
        }
    }

    /// What is asked for; nil before the first decision.
    public var asked: Int?
    public var mode: SteeringDecision.Mode
    /// Changes that are not made now; nil: all are.
    public var pause: SteeringSettings.Direction?
    /// Those of the hold time, oldest first.
    public var recommendations: [Recommendation] = []
    /// The day (days since 1970, UTC) that ``spent`` is of.
    public var day = 0
    /// Worker-seconds of the day.
    public var spent = 0.0
    /// Of the last decision, seconds since 1970.
    public var time = 0.0
    /// Since when the policy has failed or not yet answered well for long enough; nil: it has the function.
    public var fallbackSince: Double?
    /// When the policy failed last.
    public var failedAt: Double?
    /// The number that was there before the function was steered for the first time; what a revert goes back to.
    public var found: Int?

    public init(mode: SteeringDecision.Mode) {
        self.mode = mode
    }
}
