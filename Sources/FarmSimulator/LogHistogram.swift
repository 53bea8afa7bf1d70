/// Counts of positive numbers in buckets of equal ratio, 32 to a factor of two: quantiles within 1.6 %, in memory that does
/// not grow.
struct LogHistogram: ~Copyable {
    private static let subdivision = 5
    /// 2^-14 s, 61 µs.
    private static let base = (1_023 - 14) << subdivision
    private static let bucketCount = 34 << subdivision

    private let buckets: UnsafeMutablePointer<UInt32>
    private var lowest = LogHistogram.bucketCount
    private var highest = -1
    private(set) var count = 0
    private var least = Double.infinity
    private var most = 0.0

    init() {
        buckets = .allocate(capacity: LogHistogram.bucketCount)
        buckets.initialize(repeating: 0, count: LogHistogram.bucketCount)
    }

    deinit {
        buckets.deallocate()
    }

    @inline(__always)
    mutating func add(_ value: Double) {
        let position = Int(truncatingIfNeeded: value.bitPattern >> (52 - UInt64(LogHistogram.subdivision)))
        let index = min(max(position - LogHistogram.base, 0), LogHistogram.bucketCount - 1)
        buckets[index] &+= 1
        count += 1
        if index < lowest { lowest = index }
        if index > highest { highest = index }
        if value < least { least = value }
        if value > most { most = value }
    }

    mutating func removeAll() {
        if highest >= lowest { (buckets + lowest).update(repeating: 0, count: highest - lowest + 1) }
        lowest = LogHistogram.bucketCount
        highest = -1
        count = 0
        least = .infinity
        most = 0
    }

    mutating func takeOver(_ other: borrowing LogHistogram) {
        removeAll()
        guard other.count > 0 else { return }
        (lowest, highest, count) = (other.lowest, other.highest, other.count)
        (least, most) = (other.least, other.most)
        (buckets + lowest).update(from: other.buckets + lowest, count: highest - lowest + 1)
    }

    /// The smallest number that at least `share` of them do not exceed, up to the width of a bucket; nil when there are none.
    func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        var rank = min(max(Int((share * Double(count)).rounded(.up)), 1), count)
        for index in lowest...highest {
            let inBucket = Int(buckets[index])
            if rank <= inBucket {
                let bits = UInt64(index + LogHistogram.base) << (52 - UInt64(LogHistogram.subdivision))
                let next = UInt64(index + 1 + LogHistogram.base) << (52 - UInt64(LogHistogram.subdivision))
                // The middle is never further off than half a bucket, wherever in it the numbers lie.
                let middle = (Double(bitPattern: bits) + Double(bitPattern: next)) / 2
                return min(max(middle, least), most)
            }
            rank -= inBucket
        }
        return most
    }
}
