/// Requests counted over windows of equal length, one after the other from time 0.
public struct ArrivalTrace: Sendable, Hashable {
    /// Length of a window.
    public var seconds: Double
    /// Requests in each window; whole numbers when ``isExact``.
    public var counts: [Double]
    /// As many tasks in each window as were counted, at uniform times; otherwise a Poisson process with the counted rates.
    public var isExact: Bool
    /// Where the counts are from, and their licence.
    public var source: String

    public init(seconds: Double, counts: [Double], isExact: Bool = true, source: String = "") {
        self.seconds = seconds
        self.counts = counts
        self.isExact = isExact
        self.source = source
    }

    /// Length of the whole in seconds.
    public var duration: Double { seconds * Double(counts.count) }

    /// Reads comma-separated values: after comments (`#`) the heading `start_seconds,requests`, then a row a window, evenly
    /// spaced from 0.
    ///
    /// - Parameters:
    ///   - firstLine: the number of the text's first line in `file`.
    ///   - file: its name, for messages.
    /// - Throws: ``ScenarioError`` that names the line: another heading, a row that is no pair of numbers, a negative count, a
    ///   hole in the starts, no row.
    public init(csv: String, isExact: Bool = true, firstLine: Int = 1, file: String = "trace") throws(ScenarioError) {
        func refusal(_ offset: Int, _ reason: String) -> ScenarioError {
            ScenarioError(file: file, line: firstLine + offset, reason: reason)
        }
        var comments: [String] = []
        var hasHeading = false
        var counts: [Double] = []
        var spacing = 0.0
        // A carriage return with its line feed is one character.
        let rows = csv.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (offset, row) in rows.enumerated() {
            let text = row.trimmingSuffix(while: \.isWhitespace)
            if text.isEmpty { continue }
            if text.first == "#" {
                comments.append(String(text.dropFirst().drop(while: \.isWhitespace)))
                continue
            }
            guard hasHeading else {
                guard text == "start_seconds,requests" else {
                    throw refusal(
                        offset, "a trace begins with the heading start_seconds,requests; got \"\(text.prefix(60))\"")
                }
                hasHeading = true
                continue
            }
            let cells = text.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == 2, let start = Double(cells[0]), let count = Double(cells[1]), start.isFinite else {
                throw refusal(offset, "a row is start_seconds,requests, two numbers; got \"\(text.prefix(60))\"")
            }
            guard (0...1e9).contains(count), !isExact || count == count.rounded() else {
                throw refusal(
                    offset, "requests must be a whole number from 0 to 1000000000, got \(cells[1].prefix(40))")
            }
            if counts.count == 1 { spacing = start }
            let expected = spacing * Double(counts.count)
            guard counts.isEmpty ? start == 0 : spacing > 0 && abs(start - expected) <= 1e-6 * max(1, expected) else {
                throw refusal(
                    offset,
                    counts.isEmpty
                        ? "the first window begins at 0, got \(start)"
                        : "the trace has a hole: a window that begins at \(expected) was expected, got \(start)")
            }
            counts.append(count)
        }
        guard counts.count >= 2 else {
            throw refusal(0, "a trace has two windows at least, got \(counts.count)")
        }
        self.init(seconds: spacing, counts: counts, isExact: isExact, source: comments.joined(separator: " "))
    }

    /// As ``init(csv:isExact:firstLine:file:)`` reads it.
    public var csv: String {
        func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? String(number) }
        let rows = counts.enumerated().map { "\(text(Double($0.offset) * seconds)),\(text($0.element))" }
        return ((source.isEmpty ? [] : ["# \(source)"]) + ["start_seconds,requests"] + rows).joined(separator: "\n")
            + "\n"
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var end = endIndex
        while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
        return self[startIndex..<end]
    }
}

extension ArrivalTrace {
    /// - Parameter runs: counts with blanks between them; `0x12` is twelve times 0.
    init(seconds: Double, runs: String, source: String) {
        var counts: [Double] = []
        for run in runs.split(whereSeparator: \.isWhitespace) {
            let parts = run.split(separator: "x")
            let count = parts.first.flatMap { Double($0) } ?? 0
            counts += Array(repeating: count, count: parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }
        self.init(seconds: seconds, counts: counts, source: source)
    }
}
