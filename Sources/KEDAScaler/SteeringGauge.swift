import CoreMetrics
public import Foundation
public import Prometheus
public import Steering

/// The gauge `faasfarm_steering_workers{function="NAME"}`: the number of workers that KEDA's `prometheus` trigger may set. Where there
/// is no number there is no sample, since a number that stays would be taken for one that is known.
///
///     SteeringGauge.watch(board, in: registry)
public enum SteeringGauge {
    public static let name = "faasfarm_steering_workers"

    /// Sets it whenever somebody looks.
    ///
    /// - Parameter now: seconds since 1970.
    public static func watch(
        _ board: SteeringBoard, in registry: PrometheusRegistry,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        registry.beforeText { [weak board, weak registry] in
            guard let board, let registry else { return }
            let time = now()
            for entry in board.entries {
                let function = entry.settings.function
                let number = try? board.number(of: function, at: time)
                registry.makeMeter(label: name, dimensions: [("function", function)])
                    .set(number.map(Double.init) ?? .nan)
            }
        }
    }
}
