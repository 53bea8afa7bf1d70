import Foundation
import LiveFarm
import Logging
import NIOCore
import OpenFaaS
import Prometheus

/// The daemon's HTTP servers: metrics, tasks, callbacks.
extension BackendOptions {
    /// Has the daemon's metrics served, if that is wanted. Called before anything makes instruments.
    func metrics(logger: Logger) throws -> PrometheusRegistry? {
        guard let metricsListen else { return nil }
        let (host, port) = try Self.address(metricsListen, of: "--metrics-listen")
        let registry = DaemonMetrics.bootstrap()
        MetricsListener.start(host: host, port: port, metrics: registry, idleLimit: idleLimit, logger: logger)
        return registry
    }

    /// What tasks come in through, served if that is wanted.
    func ingress(_ file: IngressFile?, logger: Logger) throws -> Ingress? {
        guard let ingressListen else { return nil }
        let (host, port) = try Self.address(ingressListen, of: "--ingress-listen")
        let ingress = Ingress(journal: file)
        IngressListener.start(host: host, port: port, ingress: ingress, idleLimit: idleLimit, logger: logger)
        return ingress
    }

    /// What takes callbacks, where tasks go through a queue.
    func listener(logger: Logger) throws -> CallbackListener? {
        guard dispatch == .queue else { return nil }
        return CallbackListener(
            listen: try Self.address(callbackListen, of: "--callback-listen"), publicURL: callbackUrl,
            idleLimit: idleLimit, logger: logger)
    }

    private var idleLimit: TimeAmount { .nanoseconds(Int64(httpIdleLimit * 1e9)) }

    /// Whether callbacks to a loopback address would not come back from there.
    func isElsewhere(_ address: GatewayAddress) -> Bool {
        guard let host = URLComponents(string: address.url)?.host else { return true }
        let isLoopback = host == "localhost" || host == "[::1]" || host == "::1" || host.hasPrefix("127.")
        return !isLoopback && callbackListen.hasPrefix("127.")
    }
}
