import Farm

/// Numbers of workers by step, whatever the farm does: `timetable:0=12,2=17,15=13` asks for 12 at steps 0 and 1, for 17
/// at steps 2 to 14, and for 13 from then on. Steps are the episode's decisions, from 0.
///
/// Open-loop control: how much of a policy's success is knowledge of the schedule. Before the first step with a level it
/// keeps what there is.
struct TimetablePolicy: StageRule {
    static let description = PolicyDescription(
        "timetable", "numbers of workers by step, as in timetable:0=12,2=17,15=13",
        needs: [], source: "open-loop control; no feedback"
    ) { _ throws(PolicyError) in try TimetablePolicy("") }

    let name: String
    private let levels: [(step: Int, workers: Int)]
    private var step = 0
    /// How many levels began at or before `step`.
    private var begun = 0

    /// - Parameter text: `step=workers,step=workers`, in any order.
    init(_ text: String) throws(PolicyError) {
        let whole = "timetable:\(text)"
        var levels: [Int: Int] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let step = Int(sides[0]), let workers = Int(sides[1]) else {
                throw PolicyError(
                    text: whole,
                    reason: "got \"\(PolicyError.shortened(part))\" where step=workers is expected, two whole numbers; "
                        + "write a timetable as timetable:0=12,2=17,15=13")
            }
            guard (0...1_000_000).contains(step), (0...10_000).contains(workers) else {
                throw PolicyError(
                    text: whole,
                    reason: "got \"\(PolicyError.shortened(part))\"; "
                        + "a step must be from 0 to 1000000, a number of workers from 0 to 10000")
            }
            guard levels.updateValue(workers, forKey: step) == nil else {
                throw PolicyError(text: whole, reason: "step \(step) is given twice; once is enough")
            }
        }
        self.levels = levels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        name = "timetable:" + self.levels.map { "\($0.step)=\($0.workers)" }.joined(separator: ",")
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        step = 0
        begun = 0
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        while begun < levels.count, levels[begun].step <= step { begun += 1 }
        step += 1
        return begun == 0 ? metrics.current : levels[begun - 1].workers
    }
}
