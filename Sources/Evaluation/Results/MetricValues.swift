/// One value for each metric.
public struct MetricValues<Value: Sendable>: Sendable {
    private let values: [Value]

    /// Makes the value of each metric.
    public init(_ value: (Metric) -> Value) {
        values = Metric.allCases.map(value)
    }

    /// The value of a metric.
    public subscript(metric: Metric) -> Value { values[metric.rawValue] }
}

extension MetricValues: Equatable where Value: Equatable {}
extension MetricValues: Hashable where Value: Hashable {}
