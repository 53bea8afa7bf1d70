import DaemonHTTP
import Foundation
import LiveFarm
import LivePage
import Logging
import OpenFaaS
import OpenFaaSWorkers
import Prometheus

/// What the daemon is asked over HTTP, where the options want it.
struct DaemonRoutes {
    let service: DaemonHTTP
    let metrics: PrometheusRegistry?
    /// Where farms count; nil: nobody asks.
    let meter: FarmMeter?
    let page: LivePage?
    let ingress: Ingress?
    let ingressFile: IngressFile?
    /// Where tasks go through a queue.
    let callbacks: CallbackRoutes?
}

extension BackendOptions {
    /// Called before anything makes instruments.
    ///
    /// - Parameter recording: the file that episodes are recorded into, for people.
    func routes(recording: String?, logger: Logger) throws -> DaemonRoutes {
        var places: [DaemonHTTP.Place] = []
        let metrics = listening.metricsListen.map { _ in DaemonMetrics.bootstrap() }
        if let text = listening.metricsListen, let metrics {
            let address = try Self.address(text, of: "--metrics-listen")
            places.append(.init("--metrics-listen", address, MetricsRoutes(metrics)))
        }
        let meter = metrics != nil || listening.pageListen != nil ? FarmMeter() : nil
        if let metrics, let meter { metrics.beforeText { await meter.refresh() } }
        var page: LivePage?
        if let text = listening.pageListen, let meter {
            let address = try Self.address(text, of: "--page-listen")
            let made = LivePage(.init(farms: { await meter.readings() }, recording: recording), logger: logger)
            places.append(.init("--page-listen", address, made))
            page = made
        }
        let file = try listening.ingressFile.map { try IngressFile(path: $0, logger: logger) }
        let ingress = listening.ingressListen.map { _ in Ingress(journal: file) }
        if let text = listening.ingressListen, let ingress {
            let address = try Self.address(text, of: "--ingress-listen")
            places.append(.init("--ingress-listen", address, IngressRoutes(ingress)))
        }
        let callbacks = calls.dispatch == .queue ? CallbackRoutes(publicURL: calls.callbackUrl, logger: logger) : nil
        if let callbacks {
            let address = try Self.address(calls.callbackListen, of: "--callback-listen")
            places.append(.init("--callback-listen", address, callbacks))
        }
        return DaemonRoutes(
            service: DaemonHTTP(places, idleLimit: .seconds(listening.httpIdleLimit), logger: logger), metrics: metrics,
            meter: meter, page: page, ingress: ingress, ingressFile: file, callbacks: callbacks)
    }

    /// Whether callbacks to a loopback address would not come back from there.
    func isElsewhere(_ address: GatewayAddress) -> Bool {
        guard let host = URLComponents(string: address.url)?.host else { return true }
        let isLoopback = host == "localhost" || host == "[::1]" || host == "::1" || host.hasPrefix("127.")
        return !isLoopback && calls.callbackListen.hasPrefix("127.")
    }
}
