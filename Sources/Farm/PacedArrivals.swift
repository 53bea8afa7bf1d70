/// Arrivals as the code of arXiv 2602.06555 makes them, warts included.
///
/// Each window of a phase brings a Poisson number of tasks, with the phase's remaining tasks spread over its remaining windows
/// as its mean; the last window brings the remainder. The first task of a window comes at once, exponential gaps follow
/// whose mean is the window's length over its number of tasks, and the next window begins when they are used up. An
/// empty window takes no time. So phases have a random length, and their rate within is flat.
public struct PacedArrivals: Sendable, Hashable {
    public struct Phase: Sendable, Hashable {
        public var name: String
        public var tasks: Int
        public var windows: Int

        public init(name: String, tasks: Int, windows: Int) {
            self.name = name
            self.tasks = tasks
            self.windows = windows
        }
    }

    public var phases: [Phase]
    /// Nominal length of a window in seconds.
    public var windowSeconds: Double
    /// The first window begins at a uniform time in these bounds, in seconds.
    public var startMin: Double
    public var startMax: Double

    public init(phases: [Phase], windowSeconds: Double = 1, startMin: Double = 0, startMax: Double = 0) {
        self.phases = phases
        self.windowSeconds = windowSeconds
        self.startMin = startMin
        self.startMax = startMax
    }

    /// Tasks of an episode.
    public var taskCount: Int { phases.reduce(0) { $0 + $1.tasks } }
}
