/// Metrics in Prometheus's text format, read.
///
///     let text = try PrometheusText(Array("jobs_total{kind=\"a\"} 3\n".utf8))
///     text.samples[0].labels["kind"]        // "a"
///     text.samples[0].value                 // 3
///
/// The format is "Exposition formats, text-based format" of Prometheus's documentation; what OpenMetrics adds to a line, a fractional
/// time and an exemplar, is taken and left out. Comments, types and helps among them, are not kept.
public struct PrometheusText: Sendable, Hashable {
    /// A line.
    public struct Sample: Sendable, Hashable {
        public var name: String
        public var labels: [String: String]
        /// Any number, infinities and not-a-number among them.
        public var value: Double

        public init(name: String, labels: [String: String] = [:], value: Double) {
            (self.name, self.labels, self.value) = (name, labels, value)
        }
    }

    /// Why something is no Prometheus text.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// From 1.
        public let line: Int
        /// What was got, and what is expected.
        public let reason: String

        public var description: String { "line \(line) of the metrics: \(reason)" }
    }

    /// In the order of the lines.
    public private(set) var samples: [Sample] = []

    /// - Parameters:
    ///   - names: the metrics that are kept; others are only checked. nil keeps all.
    ///   - deadline: when reading is given up.
    /// - Throws: at the first line that is none of the format's, and at the deadline.
    public init(
        _ bytes: [UInt8], names: Set<String>? = nil, until deadline: ContinuousClock.Instant? = nil
    ) throws(Failure) {
        var start = 0
        var line = 0
        while start < bytes.count {
            line += 1
            if line % 1_024 == 0, let deadline, ContinuousClock.now >= deadline {
                throw Failure(line: line, reason: "reading took too long; there are \(bytes.count) bytes of metrics")
            }
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
            var reader = LineReader(bytes, from: start, to: end, line: line)
            if let sample = try reader.sample(keeping: names) { samples.append(sample) }
            start = end + 1
        }
    }
}

/// Reads a line, sign by sign.
private struct LineReader {
    private let bytes: [UInt8]
    private var place: Int
    private let end: Int
    private let line: Int

    init(_ bytes: [UInt8], from start: Int, to end: Int, line: Int) {
        (self.bytes, place, self.end, self.line) = (bytes, start, end, line)
    }

    /// nil: a comment, an empty line, or a metric that is not kept.
    mutating func sample(keeping names: Set<String>?) throws(PrometheusText.Failure) -> PrometheusText.Sample? {
        skipBlanks()
        guard let first = next, first != UInt8(ascii: "#") else { return nil }
        let name = try word("a metric's name", colons: true)
        var labels: [String: String] = [:]
        skipBlanks()
        if next == UInt8(ascii: "{") { labels = try readLabels() }
        skipBlanks()
        let value = try number("a value")
        skipBlanks()
        if let next, next != UInt8(ascii: "#") {
            _ = try number("a time")
            skipBlanks()
        }
        if let next, next != UInt8(ascii: "#") { throw failure("the line's end") }
        return names?.contains(name) ?? true ? .init(name: name, labels: labels, value: value) : nil
    }

    private var next: UInt8? { place < end ? bytes[place] : nil }

    private mutating func skipBlanks() {
        while let next, next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { place += 1 }
    }

    private mutating func word(_ what: String, colons: Bool = false) throws(PrometheusText.Failure) -> String {
        let start = place
        while let next {
            switch next {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: ":") where colons: break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where place > start: break
            default:
                guard place > start else { throw failure(what) }
                return String(decoding: bytes[start..<place], as: UTF8.self)
            }
            place += 1
        }
        guard place > start else { throw failure(what) }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func readLabels() throws(PrometheusText.Failure) -> [String: String] {
        var labels: [String: String] = [:]
        place += 1
        while true {
            skipBlanks()
            if next == UInt8(ascii: "}") { break }
            let name = try word("a label's name or \"}\"")
            skipBlanks()
            try take("=")
            skipBlanks()
            guard labels.updateValue(try text(), forKey: name) == nil else {
                throw PrometheusText.Failure(line: line, reason: "it has the label \(name) twice; once is expected")
            }
            skipBlanks()
            guard next == UInt8(ascii: ",") else { break }
            place += 1
        }
        try take("}")
        return labels
    }

    private mutating func take(_ sign: Unicode.Scalar) throws(PrometheusText.Failure) {
        guard next == UInt8(ascii: sign) else { throw failure("\"\(sign)\"") }
        place += 1
    }

    /// A label's value, between quotation marks.
    private mutating func text() throws(PrometheusText.Failure) -> String {
        try take("\"")
        var value: [UInt8] = []
        while let sign = next, sign != UInt8(ascii: "\"") {
            place += 1
            guard sign == UInt8(ascii: "\\") else {
                value.append(sign)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): value.append(bytes[place])
            default: throw failure("\\\\, \\\" or \\n")
            }
            place += 1
        }
        try take("\"")
        guard let text = String(validating: value, as: UTF8.self) else { throw failure("UTF-8 before it") }
        return text
    }

    private mutating func number(_ what: String) throws(PrometheusText.Failure) -> Double {
        let start = place
        while let next, next != UInt8(ascii: " "), next != UInt8(ascii: "\t") { place += 1 }
        let word = String(decoding: bytes[start..<place], as: UTF8.self)
        guard let number = Double(word) else {
            place = start
            throw failure(what)
        }
        return number
    }

    private func failure(_ expected: String) -> PrometheusText.Failure {
        let rest = bytes[min(place, end)..<min(end, place + 20)]
        let got = rest.isEmpty ? "its end" : "\"\(String(decoding: rest, as: UTF8.self))\""
        return PrometheusText.Failure(line: line, reason: "got \(got), expected \(expected)")
    }
}
