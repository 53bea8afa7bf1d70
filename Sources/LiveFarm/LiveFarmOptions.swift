/// What of a live farm is the user's to say, whatever its workers are.
public struct LiveFarmOptions: Sendable {
    /// What a reset does with the workers it finds.
    public enum OnReset: String, Sendable, CaseIterable {
        /// Waits for running calls, then scales to the scenario's initial number.
        case drain
        /// Takes the number it finds (inside the scenario's bounds).
        case adopt
    }

    /// What every task's request carries beside its own headers and body.
    public struct RequestExtras: Sendable {
        /// A task's own header of the same name goes before.
        public var headers: [(name: String, value: String)]
        /// As it stands behind the "?"; nil: none.
        public var query: String?

        public init(headers: [(name: String, value: String)] = [], query: String? = nil) {
            self.headers = headers
            self.query = query
        }
    }

    public var onReset = OnReset.drain
    public var request = RequestExtras()
    /// Brings tasks over HTTP, beside the scenario's.
    public var ingress: Ingress?
    /// Counts what the farm does, if anybody wants to know.
    public var meter: FarmMeter?
    /// A unit that the platform does not know for so long ends the episode.
    public var missingLimit = Duration.seconds(10)
    /// A platform that refuses to scale for so long ends a reset, which waits longer for workers that start.
    public var refusalLimit = Duration.seconds(5)
    /// Between two looks at the worker counts, when nothing changes.
    public var pollInterval = Duration.milliseconds(250)

    public init() {}
}
