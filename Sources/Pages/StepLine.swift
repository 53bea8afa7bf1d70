/// Lines of numbers that stay as they are until they change: no slopes, which would tell of values that never were.
public enum StepLine {
    /// Through what was read at points in time, each held until the next.
    public static func held(_ points: [(Double, Double)]) -> [(Double, Double)] {
        var line: [(Double, Double)] = []
        for point in points {
            if let last = line.last, last.1 != point.1 { line.append((point.0, last.1)) }
            line.append(point)
        }
        return line
    }

    /// Through what belongs to a stretch of time as a whole.
    ///
    /// - Parameters:
    ///   - start: where the first stretch begins.
    ///   - stretches: the end of each, and its value.
    public static func spans(from start: Double, _ stretches: [(Double, Double)]) -> [(Double, Double)] {
        var start = start
        return stretches.flatMap { end, value in
            defer { start = end }
            return [(start, value), (end, value)]
        }
    }
}
