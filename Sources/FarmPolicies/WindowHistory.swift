/// A value for each of the last windows, newest last.
struct WindowHistory: Sendable {
    private var windows: [(seconds: Double, value: Double)] = []

    /// - Parameter span: seconds that have to be kept.
    mutating func add(_ value: Double, seconds: Double, keeping span: Double) {
        windows.append((seconds, value))
        var newer = windows.reduce(0) { $0 + $1.seconds }
        while windows.count > 1, let oldest = windows.first, newer - oldest.seconds >= span {
            newer -= oldest.seconds
            windows.removeFirst()
        }
    }

    /// The mean, weighted by the windows' lengths, over the last `span` seconds, or what there is of them; the last window at
    /// least. 0 without a window.
    func mean(over span: Double) -> Double {
        guard let last = windows.last else { return 0 }
        var left = max(span, last.seconds)
        var weighted = 0.0
        var seconds = 0.0
        for window in windows.reversed() where left > 0 {
            let part = min(window.seconds, left)
            weighted += window.value * part
            seconds += part
            left -= part
        }
        return weighted / seconds
    }
}
