/// Arrivals of a window of unknown length, counted in a bounded number of bins: when they are all used, two become one. What came
/// since some time is then right to a bin, which is no more than a thousandth of the window.
struct ArrivalBins {
    private static let most = 2_048

    private let start: Double
    private var width: Double
    private var counts: [Int] = []
    private(set) var total = 0

    /// - Parameters:
    ///   - start: of the window, in seconds.
    ///   - width: of a bin at first, in seconds.
    init(from start: Double, width: Double = 0.01) {
        (self.start, self.width) = (start, width)
    }

    mutating func add(at time: Double) {
        while max(time - start, 0) / width >= Double(ArrivalBins.most) {
            width *= 2
            counts = stride(from: 0, to: counts.count, by: 2).map {
                counts[$0] + ($0 + 1 < counts.count ? counts[$0 + 1] : 0)
            }
        }
        let bin = Int(max(time - start, 0) / width)
        if bin >= counts.count { counts += Array(repeating: 0, count: bin + 1 - counts.count) }
        counts[bin] += 1
        total += 1
    }

    /// How many came in the last third of a window that ends at `end`, for each second of it; 0 for a window of no time.
    func recentRate(at end: Double) -> Double {
        guard end > start else { return 0 }
        let begin = min(Int((end - start) * 2 / 3 / width), counts.count)
        // From where a bin begins, so that its arrivals have their time.
        let seconds = end - start - Double(begin) * width
        return seconds > 0 ? Double(counts[begin...].reduce(0, +)) / seconds : 0
    }
}
