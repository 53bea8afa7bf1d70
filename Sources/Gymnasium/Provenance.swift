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

    /// Without where and how fast.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case live, simulated, recorded, unknown
    }

    /// What an environment's id and the arguments that it was made with say.
    public init(environmentID: String, arguments: [Value.Entry]) {
        switch environmentID {
        case "faasfarm/Farm-v0":
            guard let backend = arguments["backend"]?.string else {
                self = .unknown
                return
            }
            self =
                backend == Provenance.simulator
                ? .simulated : .live(backend: backend, speed: arguments["speed"]?.double ?? 1)
        case "faasfarm/Replay-v0": self = .recorded
        default: self = environmentID.hasPrefix("faasfarm/") ? .simulated : .unknown
        }
    }

    public var kind: Kind {
        switch self {
        case .live: .live
        case .simulated: .simulated
        case .recorded: .recorded
        case .unknown: .unknown
        }
    }

    /// `live`, `simulated`, `recorded` or `unknown`, for programs.
    public var name: String { kind.rawValue }

    /// For people: `live (embedded, speed 2)`.
    public var description: String {
        guard case .live(let backend, let speed) = self else { return name }
        return "live (\(backend), speed \(speed == speed.rounded() && abs(speed) < 1e9 ? "\(Int(speed))" : "\(speed)"))"
    }

    /// Whether real workers did it.
    public var isLive: Bool { kind == .live }
}
