import Foundation
import Hummingbird

/// `/system/alert`: scaling as Prometheus's alert manager asks for it.
extension GatewayResponder {
    private struct Alerts: Decodable {
        struct Alert: Decodable {
            var status: String?
            var labels: [String: String]?
        }

        var alerts: [Alert]?
    }

    /// A firing alert adds a step of the function's maximum × factor / 100, rounded up; a resolved one goes back to the
    /// minimum. Alerts of functions that are not there are answered like others.
    func alert(_ request: Request) async throws -> Response {
        let body = try await body(of: request)
        guard let alerts = try? RequestJSON.decode(Alerts.self, from: body) else {
            return .text(.badRequest, "Unable to parse alert, bad format.")
        }
        for alert in alerts.alerts ?? [] {
            let name = alert.labels?["function_name"]?.prefix { $0 != "." } ?? ""
            guard let function = functions[String(name)] else { continue }
            scale(function, isFiring: alert.status == "firing")
        }
        return .empty(.ok)
    }

    private func scale(_ function: DeployedFunction, isFiring: Bool) {
        let status = function.status
        func label(_ name: String, _ fallback: Int) -> Int {
            status.specification.labels["com.openfaas.scale." + name].flatMap { Int($0) }.map { max(0, $0) } ?? fallback
        }
        let profile = configuration.profile
        let maximum = min(label("max", 5), profile.alertMaximum ?? .max, configuration.maximumReplicas)
        let factor = min(label("factor", 10), 100)
        let minimum = max(1, label("min", 1))
        guard isFiring else { return function.scale(to: profile.replicas(for: min(minimum, maximum))) }
        let step = (maximum * factor + 99) / 100
        guard step > 0, status.desired < maximum else { return }
        function.scale(to: profile.replicas(for: min(maximum, status.desired + step)))
    }
}
