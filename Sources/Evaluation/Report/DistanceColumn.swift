/// A column of how far policies are from the fixed line and the yardsticks.
struct DistanceColumn {
    let title: String
    let decimals: Int
    /// Whether it is a saving, so that more is better, and whether it is surely one is marked.
    let isSaving: Bool
    let value: (PolicySummary) -> Interval?

    /// Those that a comparison has.
    static func all(of comparison: Comparison) -> [DistanceColumn] {
        [
            DistanceColumn("under fixed line (%)", 1, isSaving: true) { $0.overFixedLine },
            DistanceColumn("reward to hindsight", 2) { $0.toHindsight },
            DistanceColumn("reward to true counts", 2) { $0.toTrueCounts },
            DistanceColumn("reward to bound", 2) { $0.toLowerBound },
            DistanceColumn("worker-s over hindsight", 0) { $0.overHindsight },
            DistanceColumn("worker-s over bound", 0) { $0.overLowerBound },
        ].filter { column in comparison.policies.contains { column.value($0) != nil } }
    }

    private init(
        _ title: String, _ decimals: Int, isSaving: Bool = false, _ value: @escaping (PolicySummary) -> Interval?
    ) {
        self.title = title
        self.decimals = decimals
        self.isSaving = isSaving
        self.value = value
    }
}
