import Gymnasium

/// Turns an observation into the few features that it has, for a learner whose values are sums of features' weights.
public enum FeatureCoder: Sendable, Hashable, Codable {
    /// Tile coding (Sutton and Barto, 2nd edition, section 9.5.4): in each of the tilings, which are displaced against each
    /// other by odd fractions of a tile, the observation is in one tile.
    ///
    /// `low` and `high` are the bounds of the space tiled, one an element; nil: those of the observation space.
    case tiles(tilings: Int, perDimension: Int, low: [Double]?, high: [Double]?)
    /// A table: element i of an observation is in the bin that the ascending `edges[i]` separate; without edges it is
    /// ignored.
    case bins(edges: [[Double]])

    /// The paper's table over its nine observations, with 53,760 entries: the phase's index in the element 0, waiting tasks,
    /// workers, mean time, arrival rate, QoS.
    public static let paperBins = FeatureCoder.bins(edges: [
        [0.5, 1.5, 2.5], [0.5, 2.5, 5.5, 9.5, 15.5, 30.5], [], [], [3.5, 7.5, 11.5, 12.5, 16.5, 20.5, 24.5],
        [0.5, 1, 2, 4, 8, 16, 32], [], [0.15, 0.5, 1.5, 3.5], [0.5, 0.8, 0.9, 0.95, 0.999],
    ])
}

/// A feature coder fitted to an observation's elements.
struct FittedFeatures: Sendable, Hashable {
    /// Features in all.
    let count: Int
    /// Features that an observation has.
    let activeCount: Int
    private let coder: FeatureCoder
    private let low: [Double]
    private let scale: [Double]

    /// - Parameter width: floats of an observation's row.
    init(_ coder: FeatureCoder, of space: Space, width: Int) throws(LearningError) {
        let unit = Space.Box(shape: [width], low: [0], high: [1])
        let box = if case .box(let box) = space { box } else { unit }
        let (low, high) = box.bounds(of: width)
        try self.init(coder, spaceLow: low, spaceHigh: high)
    }

    /// - Parameters:
    ///   - spaceLow: bounds of the observation space, one an element.
    ///   - spaceHigh: likewise.
    init(_ coder: FeatureCoder, spaceLow: [Double], spaceHigh: [Double]) throws(LearningError) {
        self.coder = coder
        let width = spaceLow.count
        let sizes: [Int]
        switch coder {
        case .tiles(let tilings, let perDimension, let ownLow, let ownHigh):
            guard 1...1_024 ~= tilings, 1...1_000 ~= perDimension else {
                throw LearningError(
                    .configuration,
                    "\(tilings) tilings of \(perDimension) tiles; expected 1 to 1,024 tilings, 1 to 1,000 tiles")
            }
            let low = ownLow ?? spaceLow
            let high = ownHigh ?? spaceHigh
            guard low.count == width, high.count == width,
                zip(low, high).allSatisfy({ $0.isFinite && $1.isFinite && $0 < $1 })
            else {
                throw LearningError(
                    .configuration,
                    "tiles need finite bounds, the lower below the upper, for each of the \(width) elements "
                        + "of an observation; give low and high")
            }
            self.low = low
            scale = zip(low, high).map { Double(perDimension) / ($1 - $0) }
            sizes = [tilings] + Array(repeating: perDimension + 1, count: width)
            activeCount = tilings
        case .bins(let edges):
            guard edges.count == width, edges.allSatisfy({ zip($0, $0.dropFirst()).allSatisfy { $0 < $1 } }) else {
                throw LearningError(
                    .configuration,
                    "bins of \(edges.count) elements, an observation has \(width); give ascending edges for each, none to ignore it"
                )
            }
            low = []
            scale = []
            sizes = edges.map { $0.count + 1 }
            activeCount = 1
        }
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, product <= 20_000_000 else {
                throw LearningError(
                    .configuration,
                    "the observation's \(width) elements make more than 20,000,000 features; use fewer tiles or bins, or another learner"
                )
            }
            count = product
        }
        self.count = count
    }

    /// Writes the indices of an observation's features: ``activeCount`` of them.
    func write(_ row: UnsafePointer<Float>, to features: inout [Int]) {
        switch coder {
        case .tiles(let tilings, let perDimension, _, _):
            for tiling in 0..<tilings {
                var index = tiling
                for element in low.indices {
                    // Displaced by 1, 3, 5… in units of the tile's width over the tilings, modulo a tile.
                    let displacement = Double(tiling * (2 * element + 1) % tilings) / Double(tilings)
                    let position = (Double(row[element]) - low[element]) * scale[element] + displacement
                    // What is no number is in the first tile.
                    index = index * (perDimension + 1) + (position >= 0 ? Int(min(position, Double(perDimension))) : 0)
                }
                features[tiling] = index
            }
        case .bins(let edges):
            var index = 0
            for (element, edges) in edges.enumerated() {
                var bin = 0
                while bin < edges.count, Double(row[element]) >= edges[bin] { bin += 1 }
                index = index * (edges.count + 1) + bin
            }
            features[0] = index
        }
    }
}
