/// Suggestions for a name that nothing has.
package enum NearMatches {
    /// `; did you mean "a" or "b"?`, or, when nothing is near, `; there are: …`.
    package static func hint(for name: String, among known: [String]) -> String {
        let near = of(name, among: known)
        guard near.isEmpty else { return "; did you mean " + near.map { "\"\($0)\"" }.joined(separator: " or ") + "?" }
        return "; there are: " + known.joined(separator: ", ")
    }

    /// At most three names, nearest first, that differ in a third of their letters or less, or contain `name`.
    package static func of(_ name: String, among known: [String]) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        // Nobody mistypes a name of that length, and the distance takes time in proportion to it.
        guard !wanted.isEmpty, wanted.count <= 64 else { return [] }
        let ranked = known.compactMap { candidate -> (name: String, distance: Int)? in
            let letters = Array(candidate.lowercased().utf8)
            let distance = distance(wanted, letters)
            let isPart = wanted.count >= 3 && (candidate.lowercased().contains(name.lowercased()))
            return isPart || distance <= max(1, letters.count / 3) ? (candidate, distance) : nil
        }
        return ranked.sorted { $0.distance < $1.distance }.prefix(3).map(\.name)
    }

    /// Letters to insert, delete or replace, and neighbours to swap (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var next = [i + 1]
            for (j, other) in right.enumerated() {
                var least = min(row[j] + (letter == other ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other { least = min(least, before[j - 1] + 1) }
                next.append(least)
            }
            (before, row) = (row, next)
        }
        return row[right.count]
    }
}
