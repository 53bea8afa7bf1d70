/// A named number that an observation may hold.
public struct ObservationFeature: Sendable, Hashable {
    public let meaning: String
    /// Of the raw value; empty for shares.
    public let unit: String
    public let transform: ObservationTransform
    let source: ObservationSource

    /// Whether there is one number a stage of it, in the order of the stages; otherwise one of the whole farm.
    public var isOfStages: Bool { source.isOfStages }

    init(_ source: ObservationSource, _ meaning: String, unit: String = "", _ transform: ObservationTransform) {
        self.source = source
        self.meaning = meaning
        self.unit = unit
        self.transform = transform
    }

    /// As in the `observation` argument.
    public var name: String { source.rawValue }
}
