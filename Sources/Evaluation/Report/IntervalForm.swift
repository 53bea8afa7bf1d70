/// How the means of a column are written: `mean ± half` where all intervals are about as wide both ways, with their ends where
/// one is not, and alone where there are no intervals.
struct IntervalForm {
    let text: MetricText
    private let isThere: Bool
    private let isSymmetric: Bool

    /// - Parameter intervals: of the column; empty where intervals say nothing.
    init(_ intervals: [Interval], _ text: MetricText) {
        self.text = text
        isThere = !intervals.isEmpty
        // What rounding hides is no difference.
        let least = 0.6 * IntervalForm.unit(text.decimals) / text.factor
        isSymmetric = intervals.allSatisfy { interval in
            let (down, up) = (interval.mean - interval.low, interval.high - interval.mean)
            return abs(up - down) <= max(0.25 * (up + down), least)
        }
    }

    func cell(_ interval: Interval) -> String {
        guard isThere else { return text.text(interval.mean) }
        guard isSymmetric else { return TextTable.ends(interval.scaled(by: text.factor), text.decimals) }
        return text.text(interval.mean) + " ± " + text.text(interval.halfWidth)
    }

    /// What the last decimal stands for.
    private static func unit(_ decimals: Int) -> Double {
        (0..<max(0, decimals)).reduce(1.0) { unit, _ in unit / 10 }
    }
}
