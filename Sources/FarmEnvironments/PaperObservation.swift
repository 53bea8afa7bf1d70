import Farm

/// The observation of the paper (arXiv 2602.06555): nine raw numbers, its warts included.
///
/// The first tells where in the schedule the episode is, the fourth is a clock, and the two times are response times,
/// not service times. Values beyond the declared bounds are moved to them.
public enum PaperObservation {
    /// The names of the numbers, in order.
    public static let names = [
        "input_q", "worker_q", "result_q", "output_q", "workers", "avg_time", "max_time", "arrival_rate", "qos_rate",
    ]

    /// The lowest value of each.
    public static let low: [Double] = [0, 0, 0, 0, 1, 0, 0, 0, 0]

    /// The highest value of each.
    public static let high: [Double] = [3, 800, 10, 1_140, 32, 150, 160, 12, 1]

    /// What the paper puts for a time when no task was collected in the window, in seconds.
    private static let timeWhenNone = 1.5

    static func write(_ metrics: WindowMetrics, into frame: UnsafeMutableBufferPointer<Float>) {
        func put(_ index: Int, _ value: Double) {
            // Written so that not-a-number becomes the lower bound.
            frame[index] = Float(min(value > low[index] ? value : low[index], high[index]))
        }
        put(0, Double(metrics.phasesToCome))
        put(1, Double(metrics.queueLength))
        // Results are taken at once; the paper's collector queue has no like here.
        put(2, 0)
        put(3, Double(metrics.totals.done))
        put(4, Double(metrics.ready))
        put(5, metrics.responseTimeMean ?? timeWhenNone)
        put(6, metrics.responseTimeMax ?? timeWhenNone)
        put(7, metrics.arrivalRate)
        put(8, metrics.qos)
    }
}
