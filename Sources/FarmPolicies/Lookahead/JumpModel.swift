import Randomness

/// What is learnt of sudden changes of the level: how often it leaves a bin of ``LevelGrid``, and where it goes.
///
/// A priori jumps are of 35 % or more, upwards and downwards alike, larger ones rarer; what has been seen counts beside that: from
/// where to where it went, and where it has been at all, since bursts come back.
struct JumpModel: Sendable {
    /// Weights of what is assumed, against one of a jump seen, and windows after which what was seen is half forgotten.
    static let priorJumps = 3.0
    static let priorWindows = 15.0
    static let keep = 0.998

    /// Destinations' probabilities: a row of ``LevelGrid/count`` for each bin, and the rows' sums so far.
    private(set) var destination: [Double] = []
    private(set) var cumulative: [Double] = []
    /// Expected jumps from bin to bin, all from a bin, and windows in a bin.
    private var seen = [Double](repeating: 0, count: LevelGrid.bins * LevelGrid.bins)
    private var left = [Double](repeating: 0, count: LevelGrid.bins)
    private var stayed = [Double](repeating: 0, count: LevelGrid.bins)
    /// Expected windows at each level.
    private var visited = [Double](repeating: 0, count: LevelGrid.count)
    private let prior: [Double]

    init() {
        let grid = LevelGrid.count
        var prior = [Double](repeating: 0, count: LevelGrid.bins * grid)
        for bin in 0..<LevelGrid.bins {
            let centre = (Double(bin) + 0.5) * Double(LevelGrid.cellsPerBin)
            var sum = 0.0
            for cell in 0..<grid {
                let distance = abs(Double(cell) - centre) * LevelGrid.spacing
                let mass = distance < 0.35 ? 1e-4 : Elementary.exp(-(distance - 0.35) / 1.5)
                prior[bin * grid + cell] = mass
                sum += mass
            }
            for cell in 0..<grid { prior[bin * grid + cell] *= JumpModel.priorJumps / sum }
        }
        self.prior = prior
        prepare()
    }

    /// The probability of leaving a bin in a window, of which `assumed` is thought beforehand.
    func hazard(_ bin: Int, assumed: Double) -> Double {
        min(0.6, (assumed * JumpModel.priorWindows + left[bin]) / (JumpModel.priorWindows + stayed[bin]))
    }

    /// What a window has told, in expectation.
    struct Evidence: Sendable {
        var seen = [Double](repeating: 0, count: LevelGrid.bins * LevelGrid.bins)
        var left = [Double](repeating: 0, count: LevelGrid.bins)
        var stayed = [Double](repeating: 0, count: LevelGrid.bins)
        var visited = [Double](repeating: 0, count: LevelGrid.count)
    }

    mutating func learn(_ evidence: Evidence, total: Double) {
        func mix(_ known: inout [Double], _ new: [Double]) {
            for index in known.indices { known[index] = JumpModel.keep * known[index] + new[index] / total }
        }
        mix(&seen, evidence.seen)
        mix(&left, evidence.left)
        mix(&stayed, evidence.stayed)
        mix(&visited, evidence.visited)
        prepare()
    }

    private mutating func prepare() {
        let grid = LevelGrid.count
        destination = prior
        cumulative = prior
        let visits = visited.reduce(0, +)
        let share = visits > 0 ? min(1, visits / 50) / visits : 0
        for bin in 0..<LevelGrid.bins {
            let row = bin * grid
            var sum = 0.0
            for cell in 0..<grid {
                destination[row + cell] +=
                    share * visited[cell]
                    + seen[bin * LevelGrid.bins + LevelGrid.bin(cell)] / Double(LevelGrid.cellsPerBin)
                sum += destination[row + cell]
            }
            var before = 0.0
            for cell in 0..<grid {
                destination[row + cell] /= sum
                before += destination[row + cell]
                cumulative[row + cell] = before
            }
        }
    }
}
