public import Randomness

extension CountModel {
    /// A first window that may come.
    private struct Draw {
        let hypothesis: Int
        /// The level's place on the grid.
        let place: Double
        let count: Int
    }

    /// Futures are stratified by the first window's count: many are drawn, sorted, and futures taken at quantiles of them, half of
    /// them from the upper quarter, which a number of workers is chosen for, with weights that make up for it.
    public func futures(_ count: Int, windows: Int, using generator: inout PCG64) -> [CountFuture] {
        let draws = firstWindows(using: &generator)
        let count = max(count, 1)
        return (0..<count).map { index in
            let (low, high) = (CountModel.edge(index, of: count), CountModel.edge(index + 1, of: count))
            let share = low + (high - low) * generator.nextDouble()
            let draw = draws[min(Int(share * Double(draws.count)), draws.count - 1)]
            var place = draw.place
            var counts = [draw.count]
            var levels = [LevelGrid.level(place)]
            let hypothesis = hypotheses[draw.hypothesis]
            for _ in 1..<max(windows, 1) {
                place = moved(place, hypothesis, using: &generator)
                levels.append(LevelGrid.level(place))
                counts.append(self.count(at: place, hypothesis, using: &generator))
            }
            return CountFuture(weight: high - low, counts: counts, levels: levels)
        }
    }

    /// The share of first windows below a future's: even in the lower part, finer and finer in the tail.
    static func edge(_ index: Int, of count: Int) -> Double {
        let plain = count - count / 2
        if index <= plain, count > 1 { return (1 - tail) * Double(index) / Double(plain) }
        guard index < count else { return 1 }
        if count == 1 { return Double(index) }
        let rest = Double(count - index) / Double(count - plain)
        return 1 - tail * rest * rest
    }

    /// Sorted by their counts.
    private func firstWindows(using generator: inout PCG64) -> [Draw] {
        var cumulativeWeights: [Double] = []
        var sum = 0.0
        for weight in weights {
            sum += weight
            cumulativeWeights.append(sum)
        }
        let beliefs = hypotheses.map { hypothesis in
            var sum = 0.0
            return hypothesis.belief.map { mass in
                sum += mass
                return sum
            }
        }
        // A golden sequence over the hypotheses, an even one over the levels.
        var share = generator.nextDouble()
        var draws: [Draw] = []
        draws.reserveCapacity(CountModel.draws)
        for index in 0..<CountModel.draws {
            share += 0.6180339887498949
            if share >= 1 { share -= 1 }
            let chosen = CountModel.place(of: share, in: cumulativeWeights[...])
            let cell = CountModel.place(
                of: (Double(index) + 0.5) / Double(CountModel.draws), in: beliefs[chosen][...])
            let start = Double(cell) + generator.nextDouble() - 0.5
            let place = moved(start, hypotheses[chosen], using: &generator)
            let count = count(at: place, hypotheses[chosen], using: &generator)
            draws.append(Draw(hypothesis: chosen, place: place, count: count))
        }
        // The order of equal counts must not be left to the sorting.
        return draws.enumerated().sorted { ($0.element.count, $0.offset) < ($1.element.count, $1.offset) }
            .map(\.element)
    }

    /// The level a window later.
    private func moved(_ place: Double, _ hypothesis: Hypothesis, using generator: inout PCG64) -> Double {
        let bin = LevelGrid.bin(LevelGrid.cell(place))
        var next = place
        if generator.nextDouble() < jumps.hazard(bin, assumed: hypothesis.hazard) {
            let row = bin * LevelGrid.count
            let share = generator.nextDouble()
            let cell = CountModel.place(of: share, in: jumps.cumulative[row..<row + LevelGrid.count]) - row
            next = Double(cell) + generator.nextDouble() - 0.5
        } else {
            next += hypothesis.wandering / LevelGrid.spacing * sampling.normal(using: &generator)
        }
        return min(max(next, 0), Double(LevelGrid.count - 1))
    }

    /// A window's count.
    private func count(at place: Double, _ hypothesis: Hypothesis, using generator: inout PCG64) -> Int {
        let shape = CountModel.shapes[hypothesis.shape]
        let mean =
            LevelGrid.level(place) * surges.draw(using: &generator)
            * sampling.gamma(shape: shape, using: &generator) / shape
        // What is beyond is far beyond any number of workers.
        if mean > 500 {
            let drawn = mean + mean.squareRoot() * sampling.normal(using: &generator)
            return Int(min(max(drawn.rounded(), 0), 20_000))
        }
        return sampling.poisson(mean: mean, using: &generator)
    }

    /// The first place at which `sums`, ascending to 1, exceed a share.
    private static func place(of share: Double, in sums: ArraySlice<Double>) -> Int {
        var low = sums.startIndex
        var high = sums.endIndex - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > share { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
