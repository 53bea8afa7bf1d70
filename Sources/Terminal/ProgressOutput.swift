import Foundation

/// Where it is said how far work has come: one line on a terminal, written over again and again and never wider than it; and a
/// line every few seconds where standard error is something else, for whoever reads a log.
///
/// One thread writes at a time.
public struct ProgressOutput {
    /// Between two writings of the line on a terminal.
    static let refresh = Duration.milliseconds(200)
    /// Before the first line elsewhere, and between two of them.
    static let (firstPause, pause) = (Duration.seconds(1), Duration.seconds(5))

    private let isTerminal: Bool
    private let start = ContinuousClock.now
    private var shown = ContinuousClock.now
    private var isFirst = true

    public init() { isTerminal = isatty(STDERR_FILENO) == 1 }

    /// Since this was made.
    public var elapsed: Duration { .now - start }

    /// Whether something is to be shown now, so that nobody makes a text for nothing.
    public var isDue: Bool { .now - shown > (isTerminal ? Self.refresh : isFirst ? Self.firstPause : Self.pause) }

    /// - Parameter text: the most important first; on a narrow terminal the rest is cut off.
    public mutating func show(_ text: String) {
        shown = .now
        isFirst = false
        Self.write(isTerminal ? "\r\u{1B}[K" + Self.fitted(text, to: Self.columns) : text + "\n")
    }

    /// Takes the line off a terminal.
    public func end() {
        if isTerminal { Self.write("\r\u{1B}[K") }
    }

    /// What fits into a line whose last column stays free, since terminals break lines at it.
    static func fitted(_ text: String, to columns: Int) -> String {
        let room = max(columns - 1, 1)
        guard text.count > room else { return text }
        return room > 1 ? text.prefix(room - 1) + "…" : String(text.prefix(room))
    }

    /// Of the terminal, as wide as it is now; 80 where it does not say.
    static var columns: Int { Terminal.columns(of: STDERR_FILENO) ?? 80 }

    private static func write(_ text: String) {
        // Nobody who reads is no reason to end.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}

/// What a terminal says of itself.
public enum Terminal {
    /// Characters of a line of standard output; nil where it is no terminal, or one too narrow for a table.
    public static var outputColumns: Int? {
        guard isatty(STDOUT_FILENO) == 1, let columns = columns(of: STDOUT_FILENO), columns >= 40 else { return nil }
        return columns
    }

    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

extension Duration {
    /// As people say it: "8 s", "5 min", "3.4 h".
    public var brief: String {
        let seconds = self / .seconds(1)
        if seconds < 120 { return "\(Int(max(seconds, 0))) s" }
        return seconds < 7_200 ? "\(Int(seconds / 60)) min" : String(format: "%.1f h", seconds / 3_600)
    }
}
