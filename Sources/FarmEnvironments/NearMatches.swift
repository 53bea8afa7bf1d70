/// Suggestions for a name that nothing has.
enum NearMatches {
    /// `; did you mean "a" or "b"?`, or, when nothing is near, `; there are: …`.
    static func hint(for name: String, among known: [String]) -> String {
        let near = of(name, among: known)
        guard near.isEmpty else { return "; did you mean " + near.map { "\"\($0)\"" }.joined(separator: " or ") + "?" }
        return "; there are: " + known.joined(separator: ", ")
    }

    /// At most three names, nearest first, that differ in a third of their letters or less, or contain `name`.
    static func of(_ name: String, among known: [String]) -> [String] {
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

    /// Levenshtein's: letters to insert, delete or replace.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j + 1] + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
