/// One episode window by window, for pictures.
public struct EpisodeTrace: Sendable, Hashable, Codable {
    /// What was seen at the end of a window.
    public struct Window: Sendable, Hashable, Codable {
        /// The window's end, in the scenario's seconds from the beginning of the episode.
        public var time: Double
        /// Tasks a second, over the window.
        public var arrivalRate: Double
        /// Workers asked for, at the window's end.
        public var desired: Double
        /// Workers able to take a task, at the window's end.
        public var ready: Double
        /// Tasks that wait, at the window's end.
        public var queueLength: Double
        /// The fraction, 0 to 1, in time of the tasks decided in the window; 1 if none was.
        public var qos: Double
        /// Tasks that came in the window.
        public var arrivals = 0.0
        /// Of the tasks decided in the window, those in time.
        public var met = 0.0
        /// Paid worker-time of the window, in worker-seconds.
        public var workerSeconds = 0.0
    }

    /// The seed of the episode.
    public var seed: UInt64
    /// In order of time.
    public var windows: [Window]
}
