import CoreMetrics
import Synchronization

/// A metric's state, and its lines of text.
protocol Instrument: AnyObject, Sendable {
    /// Prometheus's word for it.
    var kind: String { get }
    /// - Parameter labels: with braces; empty for none.
    func lines(name: String, labels: String) -> String
}

/// Only rises. An increment is one addition to a word.
final class CounterInstrument: Instrument, CounterHandler {
    private let value = Atomic<Int64>(0)

    var kind: String { "counter" }

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func lines(name: String, labels: String) -> String {
        "\(name)\(labels) \(value.load(ordering: .relaxed))\n"
    }
}

/// Only rises, by fractions too.
final class SumInstrument: Instrument, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    var kind: String { "counter" }

    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func reset() { value.withLock { $0 = 0 } }

    func lines(name: String, labels: String) -> String { "\(name)\(labels) \(value.withLock { $0 }.metric)\n" }
}

/// Goes up and down. What is not a number is no sample.
final class GaugeInstrument: Instrument, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    var kind: String { "gauge" }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func lines(name: String, labels: String) -> String {
        let value = value.withLock { $0 }
        return value.isNaN ? "" : "\(name)\(labels) \(value.metric)\n"
    }
}

/// How often values came that are no more than each bound.
final class HistogramInstrument: Instrument, RecorderHandler, TimerHandler {
    private struct State {
        var buckets: [Int]
        var sum = 0.0
        var count = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(buckets: [Int](repeating: 0, count: bounds.count)))
    }

    var kind: String { "histogram" }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            if let bucket = bounds.firstIndex(where: { value <= $0 }) { state.buckets[bucket] += 1 }
            state.sum += value
            state.count += 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func lines(name: String, labels: String) -> String {
        let state = state.withLock { $0 }
        let inner = labels.isEmpty ? "" : labels.dropFirst().dropLast() + ","
        var text = ""
        var count = 0
        for (bound, bucket) in zip(bounds, state.buckets) {
            count += bucket
            text += "\(name)_bucket{\(inner)le=\"\(bound)\"} \(count)\n"
        }
        text += "\(name)_bucket{\(inner)le=\"+Inf\"} \(state.count)\n"
        return text + "\(name)_sum\(labels) \(state.sum.metric)\n\(name)_count\(labels) \(state.count)\n"
    }
}

extension Double {
    /// As Prometheus reads it: whole numbers without a fraction.
    fileprivate var metric: String {
        if isNaN { return "NaN" }
        if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
        return self == rounded() && abs(self) < 1e15 ? String(Int(self)) : String(self)
    }
}
