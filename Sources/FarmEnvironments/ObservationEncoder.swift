import Farm
import Gymnasium

/// Turns metrics into the stacked frames of an observation, without allocating.
struct ObservationEncoder: Sendable {
    /// nil: the paper's numbers.
    private let features: [Feature]?
    /// One a stage, as all that is of stages.
    private let scales: PerStage<FarmScale>
    private let width: Int
    private let depth: Int
    private var known: PerStage<KnownTimes>
    /// Oldest frame first.
    private(set) var frames: [Float]

    /// What of a feature a step needs.
    private struct Feature {
        let source: ObservationSource
        let transform: ObservationTransform
        let isOfStages: Bool
    }

    init(_ scheme: ObservationScheme, history: Int, scales: PerStage<FarmScale>) throws(EnvironmentError) {
        features = try scheme.features?.map {
            Feature(source: $0.source, transform: $0.transform, isOfStages: $0.isOfStages)
        }
        self.scales = scales
        known = scales.map { _ in KnownTimes() }
        width =
            features.map { $0.reduce(0) { $0 + ($1.isOfStages ? scales.count : 1) } } ?? PaperObservation.names.count
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
        known = scales.map { _ in KnownTimes() }
        appendFrame(metrics)
        for index in 0..<width * (depth - 1) { frames[index] = frames[width * (depth - 1) + index % width] }
    }

    /// Drops the oldest frame and adds the newest.
    mutating func append(_ metrics: WindowMetrics) {
        for index in 0..<width * (depth - 1) { frames[index] = frames[index + width] }
        appendFrame(metrics)
    }

    private mutating func appendFrame(_ metrics: WindowMetrics) {
        known.first.learn(from: metrics, metrics.stages.first)
        for stage in known.rest.indices { known.rest[stage].learn(from: metrics, metrics.stages.rest[stage]) }
        let start = width * (depth - 1)
        frames.withUnsafeMutableBufferPointer { buffer in
            guard let features else {
                return PaperObservation.write(metrics, into: UnsafeMutableBufferPointer(rebasing: buffer[start...]))
            }
            var place = start
            let (stage, scale) = (metrics.stages.first, scales.first)
            for index in features.indices {
                let raw = features[index].source.raw(metrics, stage, known: known.first, scale: scale)
                buffer[place] = features[index].transform(raw, scale: scale)
                place += 1
                guard features[index].isOfStages else { continue }
                for stage in scales.rest.indices {
                    let (known, scale) = (known.rest[stage], scales.rest[stage])
                    let raw = features[index].source.raw(
                        metrics, metrics.stages.rest[stage], known: known, scale: scale)
                    buffer[place] = features[index].transform(raw, scale: scale)
                    place += 1
                }
            }
        }
    }
}
