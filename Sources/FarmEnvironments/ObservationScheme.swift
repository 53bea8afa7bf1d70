public import Gymnasium

/// Which numbers an observation has, the argument `observation`.
public enum ObservationScheme: Sendable, Hashable {
    /// ``ObservationCatalogue/full``: what a controller can honestly know.
    case full
    /// The nine raw numbers of the paper, see ``PaperObservation``.
    case paper
    /// The numbers of ``RelativeObservation``, for agents that carry over.
    case relative
    /// Features of the catalogue by name, in this order.
    case list([String])

    /// Reads `"full"`, `"paper"`, `"relative"`, a tuple of feature names, or a text of names separated by commas. `full` among names
    /// stands for its features.
    ///
    /// - Throws: `badArgument` for `observation`: another kind of value, an unknown name, a name twice, no name.
    public init(_ value: Value) throws(EnvironmentError) {
        let names: [String]
        switch value {
        case .text(let text):
            names = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingSpaces }
        case .tuple(let items):
            var texts: [String] = []
            for item in items {
                guard let text = item.string else {
                    throw ObservationScheme.refused("a list of names must hold texts, got \(item.kindName) in it")
                }
                texts.append(text)
            }
            names = texts
        default:
            throw ObservationScheme.refused(
                "observation must be \"full\", \"paper\", \"relative\" or a list of names, got \(value.kindName)")
        }
        switch names {
        case ["full"]: self = .full
        case ["paper"]: self = .paper
        case ["relative"]: self = .relative
        case _ where names.contains("paper") || names.contains("relative"):
            let name = names.contains("paper") ? "paper" : "relative"
            throw ObservationScheme.refused("\"\(name)\" is a whole observation and can not stand among others")
        default: self = .list(names.flatMap { $0 == "full" ? ObservationCatalogue.full.map(\.name) : [$0] })
        }
        _ = try features
    }

    /// The value that reads as this scheme.
    public var value: Value {
        switch self {
        case .full: "full"
        case .paper: "paper"
        case .relative: "relative"
        case .list(let names): .tuple(names.map(Value.text))
        }
    }

    /// The features of a frame in order; nil for those whose numbers are not in the catalogue.
    ///
    /// - Throws: `badArgument` for `observation`: an unknown name, a name twice, no name.
    var features: [ObservationFeature]? {
        get throws(EnvironmentError) {
            switch self {
            case .full: return ObservationCatalogue.full
            case .paper, .relative: return nil
            case .list(let names):
                guard !names.isEmpty else { throw ObservationScheme.refused("an observation needs at least one name") }
                var features: [ObservationFeature] = []
                for name in names {
                    let feature = try ObservationCatalogue.feature(named: name)
                    guard !features.contains(feature) else {
                        throw ObservationScheme.refused("the observation has \"\(name)\" twice; once is enough")
                    }
                    features.append(feature)
                }
                return features
            }
        }
    }

    private static func refused(_ message: String) -> EnvironmentError {
        EnvironmentError(.badArgument(name: "observation"), message)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
