import Foundation

/// An episode's course as a picture for terminals: a row of blocks a curve, all on one time axis.
public enum EpisodePicture {
    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// - Parameter columns: characters of a row of blocks, at most; long episodes are averaged down to it.
    public static func text(_ course: EpisodeCourse, columns: Int = 72) -> String {
        guard !course.points.isEmpty else { return "no steps" }
        let curves = course.curves
        let width = curves.map(\.name.count).max() ?? 0
        var lines = curves.map { curve in
            let values = averages(curve.values, columns)
            let present = values.compactMap(\.self).filter(\.isFinite)
            let (least, most) = (present.min() ?? 0, present.max() ?? 0)
            // Counts are shown from 0, so that a small change of a large number looks small.
            let base = least >= 0 ? 0 : least
            let row = String(values.map { block($0, from: base, to: most) })
            return "\(curve.name.right(width))  \(row)  \(rounded(least)) … \(rounded(most))"
        }
        let end = course.points.last?.time ?? 0
        let unit = course.hasMetrics ? " s" : " steps"
        lines.append(String(repeating: " ", count: width) + "  0 … \(rounded(end))\(unit)")
        return lines.joined(separator: "\n")
    }

    /// Windows end a little off their grid, and nobody wants to read by how much.
    private static func rounded(_ value: Double) -> String {
        abs(value) < 1_000 ? String(format: "%.4g", value) : EpisodeText.short(value.rounded())
    }

    private static func block(_ value: Double?, from least: Double, to most: Double) -> Character {
        guard let value, value.isFinite else { return " " }
        guard most > least else { return blocks[0] }
        let share = (value - least) / (most - least)
        return blocks[max(0, min(blocks.count - 1, Int(share * Double(blocks.count))))]
    }

    /// At most `count` values: means of neighbours, of those that are there.
    static func averages(_ values: [Double?], _ count: Int) -> [Double?] {
        let size = max(1, (values.count + count - 1) / max(1, count))
        return stride(from: 0, to: values.count, by: size).map { start in
            let part = values[start..<min(start + size, values.count)].compactMap(\.self)
            return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
        }
    }
}
