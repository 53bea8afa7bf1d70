import Farm
import Gymnasium

/// Turns metrics into the stacked frames of an observation, without allocating.
struct ObservationEncoder: Sendable {
    private let numbers: Numbers
    /// One a stage, as all that is of stages.
    private let scales: PerStage<FarmScale>
    private let width: Int
    private let depth: Int
    private var known: PerStage<KnownTimes>
    /// Oldest frame first.
    private(set) var frames: [Float]

    /// What a frame is made of.
    private enum Numbers {
        case paper
        /// A block of the same numbers a stage.
        case relative
        case features([Feature])
    }

    /// What of a feature a step needs.
    private struct Feature {
        let source: ObservationSource
        let transform: ObservationTransform
        let isOfStages: Bool
    }

    init(_ scheme: ObservationScheme, history: Int, scales: PerStage<FarmScale>) throws(EnvironmentError) {
        let features = try scheme.features?.map {
            Feature(source: $0.source, transform: $0.transform, isOfStages: $0.isOfStages)
        }
        numbers = features.map(Numbers.features) ?? (scheme == .relative ? .relative : .paper)
        self.scales = scales
        known = scales.map { _ in KnownTimes() }
        width =
            switch numbers {
            case .paper: PaperObservation.names.count
            case .relative: RelativeObservation.names.count * scales.count
            case .features(let features): features.reduce(0) { $0 + ($1.isOfStages ? scales.count : 1) }
            }
        depth = history
        frames = Array(repeating: 0, count: width * history)
    }

    var space: Space {
        var isPaper = false
        if case .paper = numbers { isPaper = true }
        return .box(
            Space.Box(
                shape: [width * depth],
                low: isPaper ? Array(repeating: PaperObservation.low, count: depth).flatMap(\.self) : [0],
                high: isPaper ? Array(repeating: PaperObservation.high, count: depth).flatMap(\.self) : [1]))
    }

    /// Fills all frames with the first.
    mutating func begin(_ metrics: WindowMetrics, _ needs: PerStage<NeedEstimate>) {
        known = scales.map { _ in KnownTimes() }
        appendFrame(metrics, needs)
        for index in 0..<width * (depth - 1) { frames[index] = frames[width * (depth - 1) + index % width] }
    }

    /// Drops the oldest frame and adds the newest.
    mutating func append(_ metrics: WindowMetrics, _ needs: PerStage<NeedEstimate>) {
        for index in 0..<width * (depth - 1) { frames[index] = frames[index + width] }
        appendFrame(metrics, needs)
    }

    private mutating func appendFrame(_ metrics: WindowMetrics, _ needs: PerStage<NeedEstimate>) {
        known.first.learn(from: metrics, metrics.stages.first)
        for stage in known.rest.indices { known.rest[stage].learn(from: metrics, metrics.stages.rest[stage]) }
        let start = width * (depth - 1)
        frames.withUnsafeMutableBufferPointer { buffer in
            guard case .features(let features) = numbers else {
                let frame = UnsafeMutableBufferPointer(rebasing: buffer[start...])
                guard case .relative = numbers else { return PaperObservation.write(metrics, into: frame) }
                return ObservationEncoder.writeRelative(metrics, needs, scales, into: frame)
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

    private static func writeRelative(
        _ metrics: WindowMetrics, _ needs: PerStage<NeedEstimate>, _ scales: PerStage<FarmScale>,
        into frame: UnsafeMutableBufferPointer<Float>
    ) {
        let count = RelativeObservation.numbers.count
        for stage in scales.indices {
            let context = RelativeObservation.Context(
                metrics: metrics, stage: metrics.stages[stage], estimate: needs[stage], scale: scales[stage],
                steady: needs[stage].steady)
            RelativeObservation.write(
                context, into: UnsafeMutableBufferPointer(rebasing: frame[stage * count..<(stage + 1) * count]))
        }
    }
}
