import Farm
import Gymnasium

/// Turns metrics into the stacked frames of an observation, without allocating.
struct ObservationEncoder: Sendable {
    /// nil: the paper's numbers.
    private let features: [Feature]?
    private let scale: FarmScale
    private let width: Int
    private let depth: Int
    private var known = KnownTimes()
    /// Oldest frame first.
    private(set) var frames: [Float]

    /// What of a feature a step needs.
    private struct Feature {
        let source: ObservationSource
        let transform: ObservationTransform
    }

    init(_ scheme: ObservationScheme, history: Int, scale: FarmScale) throws(EnvironmentError) {
        features = try scheme.features?.map { Feature(source: $0.source, transform: $0.transform) }
        self.scale = scale
        width = features?.count ?? PaperObservation.names.count
        depth = history
        frames = Array(repeating: 0, count: width * history)
    }

    var space: Space {
        let isPaper = features == nil
        return .box(
            Space.Box(
                shape: [width * depth],
                low: isPaper ? Array(repeating: PaperObservation.low, count: depth).flatMap(\.self) : [0],
                high: isPaper ? Array(repeating: PaperObservation.high, count: depth).flatMap(\.self) : [1]))
    }

    /// Fills all frames with the first.
    mutating func begin(_ metrics: WindowMetrics) {
        known = KnownTimes()
        appendFrame(metrics)
        for index in 0..<width * (depth - 1) { frames[index] = frames[width * (depth - 1) + index % width] }
    }

    /// Drops the oldest frame and adds the newest.
    mutating func append(_ metrics: WindowMetrics) {
        for index in 0..<width * (depth - 1) { frames[index] = frames[index + width] }
        appendFrame(metrics)
    }

    private mutating func appendFrame(_ metrics: WindowMetrics) {
        known.learn(from: metrics)
        let start = width * (depth - 1)
        frames.withUnsafeMutableBufferPointer { buffer in
            guard let features else {
                return PaperObservation.write(metrics, into: UnsafeMutableBufferPointer(rebasing: buffer[start...]))
            }
            for index in features.indices {
                let raw = features[index].source.raw(metrics, known: known, scale: scale)
                buffer[start + index] = features[index].transform(raw, scale: scale)
            }
        }
    }
}
