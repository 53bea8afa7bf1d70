import CoreMetrics
public import Episodes
import LiveFarm
import Metrics
public import Prometheus

/// The metrics of a daemon: swift-metrics' instruments, which the rooms fill, in Prometheus's text.
public enum DaemonMetrics {
    /// Makes a registry the program's, so that instruments that are made from now on are in it.
    ///
    /// - Parameter others: what the metrics of other rooms mean, by name.
    public static func bootstrap(help others: [String: String] = [:]) -> PrometheusRegistry {
        let registry = PrometheusRegistry(help: help.merging(others) { first, _ in first })
        MetricsSystem.bootstrap(registry)
        return registry
    }

    /// Tells how far the recording is behind, whenever somebody looks.
    public static func watch(_ store: EpisodeStore, in registry: PrometheusRegistry) {
        let bytes = Meter(label: "faasfarm_recording_waiting_bytes")
        let seconds = Meter(label: "faasfarm_recording_lag_seconds")
        registry.beforeText { [weak store] in
            guard let backlog = store?.backlog else { return }
            bytes.set(backlog.bytes)
            seconds.set(backlog.seconds)
        }
    }

    private static let help =
        FarmMeter.help.merging([
            "faasfarm_open_sessions": "Sessions that are open.",
            "faasfarm_sessions_total": "Sessions that were made.",
            "faasfarm_quick_steps_total": "Steps that were answered in less than 100 microseconds.",
            "faasfarm_request_seconds":
                "From a request to its reply; without the quick steps. A live farm's step lasts as long as its window.",
            "faasfarm_refused_requests_total": "Calls of sessions that were answered with an error.",
            "faasfarm_recording_waiting_bytes": "What is put aside for the recording, about.",
            "faasfarm_recording_lag_seconds": "How long the oldest step that is not in the recording has waited.",
        ]) { first, _ in first }
}
