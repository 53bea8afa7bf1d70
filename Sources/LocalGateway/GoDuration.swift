/// Durations as Go writes them, which OpenFaaS uses everywhere: `250ms`, `1m30s`, `1.5h`.
enum GoDuration {
    /// Nil when `text` is no duration of 0 or more and at most 10 years. A bare whole number counts seconds, as of-watchdog
    /// reads it.
    static func parse(_ text: String) -> Duration? {
        let nanoseconds = Int64(text).map { Double($0) * 1e9 } ?? sum(Substring(text))
        guard let nanoseconds, (0...3.2e17).contains(nanoseconds) else { return nil }
        return .nanoseconds(Int64(nanoseconds.rounded()))
    }

    private static func sum(_ text: Substring) -> Double? {
        guard !text.isEmpty else { return nil }
        var rest = text
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0 != "." && !("0"..."9").contains($0) }
            rest = rest.dropFirst(unit.count)
            // Double reads more than Go does, an exponent for one; the characters are limited above.
            guard let count = Double(digits), let length = nanoseconds[String(unit)] else { return nil }
            total += count * length
        }
        return total
    }

    private static let nanoseconds: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 6e10, "h": 3.6e12,
    ]
}
