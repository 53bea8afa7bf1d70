import Farm

/// An episode's windows so far, for pictures. Of a long episode neighbouring windows are put together, so that it never
/// holds more than ``capacity``.
struct FarmTrace: Sendable, Hashable {
    /// Samples at most; even.
    static let capacity = 1_024

    /// One window, or several in a row.
    struct Sample: Sendable, Hashable {
        /// The end, in scenario seconds since the episode began.
        var time: Double
        var seconds: Double
        var arrivals: Double
        /// The longest of its windows'.
        var queueLength: Int
        var paid: Int
        var ready: Int
        var desired: Int
        var met: Int
        var missed: Int

        init(_ metrics: WindowMetrics) {
            time = metrics.time
            seconds = metrics.windowSeconds
            arrivals = metrics.arrivalRate * metrics.windowSeconds
            queueLength = metrics.queueLength
            paid = metrics.starting &+ metrics.ready &+ metrics.draining
            ready = metrics.ready
            desired = metrics.desired
            met = metrics.met
            missed = metrics.missed
        }

        /// Tasks a second.
        var arrivalRate: Double { seconds > 0 ? arrivals / seconds : 0 }

        /// Of the tasks decided in it; nil when none was.
        var qos: Double? {
            met > 0 || missed > 0 ? Double(met) / (Double(met) + Double(missed)) : nil
        }

        /// Takes in the sample that follows.
        mutating func join(_ next: Sample) {
            time = next.time
            seconds += next.seconds
            arrivals += next.arrivals
            queueLength = max(queueLength, next.queueLength)
            paid = next.paid
            ready = next.ready
            desired = next.desired
            met &+= next.met
            missed &+= next.missed
        }
    }

    /// In the order of time; the first is the state at the episode's beginning.
    private(set) var samples: [Sample]
    /// Windows in a full sample.
    private var width = 1
    /// Windows in the last one.
    private var lastCount = 1

    init(_ metrics: WindowMetrics) { samples = [Sample(metrics)] }

    mutating func append(_ metrics: WindowMetrics) {
        if lastCount < width, let last = samples.indices.last {
            samples[last].join(Sample(metrics))
            lastCount += 1
            return
        }
        samples.append(Sample(metrics))
        lastCount = 1
        if samples.count == FarmTrace.capacity { halve() }
    }

    private mutating func halve() {
        samples = stride(from: 0, to: samples.count, by: 2).map { first in
            var sample = samples[first]
            sample.join(samples[first + 1])
            return sample
        }
        width *= 2
        lastCount = width
    }
}
