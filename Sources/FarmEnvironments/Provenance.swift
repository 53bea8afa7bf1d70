public import Gymnasium

/// Whether what an environment tells has happened, was simulated, or is told again.
public enum Provenance: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Real workers, in real time.
    case live(backend: String, speed: Double)
    /// A model, in its own time.
    case simulated
    /// An episode of a recording.
    case recorded
    /// Nothing is known of it: an environment of a server that is not of this program.
    case unknown

    /// The name that the argument `backend` has for simulated farms.
    public static let simulator = "simulator"

    /// What an environment's id and the arguments that it was made with say.
    public init(environmentID: String, arguments: [Value.Entry]) {
        func argument(_ name: String) -> Value? { arguments.first { $0.key == name }?.value }
        switch environmentID {
        case FarmEnvironmentRegistration.id:
            guard let backend = argument("backend")?.string else {
                self = .unknown
                return
            }
            self =
                backend == Provenance.simulator
                ? .simulated : .live(backend: backend, speed: argument("speed")?.double ?? 1)
        case "faasfarm/Replay-v0": self = .recorded
        default: self = environmentID.hasPrefix("faasfarm/") ? .simulated : .unknown
        }
    }

    /// `live`, `simulated`, `recorded` or `unknown`, for programs.
    public var name: String {
        switch self {
        case .live: "live"
        case .simulated: "simulated"
        case .recorded: "recorded"
        case .unknown: "unknown"
        }
    }

    /// For people: `live (embedded, speed 2)`.
    public var description: String {
        guard case .live(let backend, let speed) = self else { return name }
        return "live (\(backend), speed \(speed == speed.rounded() && abs(speed) < 1e9 ? "\(Int(speed))" : "\(speed)"))"
    }

    /// Whether real workers did it.
    public var isLive: Bool { if case .live = self { true } else { false } }
}
