import Curl
public import Farm
public import OpenFaaS
public import Steering

/// The parts that a function's plan asks for.
///
///     let gateway = try plan.gateway.client(period: function.settings.period)
///     let source = try function.source(on: plan.gateway)                     // nil: the ingress is the source
///     let parts = Steerer.Parts(
///         settings: function.settings, source: source, setter: function.setter(gateway) { logger.notice("\($0)") },
///         policy: try function.recommender(absences: source.absences),
///         fallback: try function.fallbackRecommender(absences: source.absences), journal: journal, mode: function.mode)
extension FunctionPlan {
    /// What is read of the gateway or of a Prometheus; nil where calls come through the ingress, which then is the source.
    public func source(on gateway: SteeringPlan.Gateway) throws(SteeringFailure) -> (any LoadSource)? {
        let timeout = ReplicaSetter.callLimit(period: settings.period)
        switch source {
        case .ingress: return nil
        case .gateway:
            return GatewayMetricsSource(
                try MetricsEndpoint(
                    gateway.metricsURL ?? gateway.url,
                    // Another address is shown no login that was not meant for it.
                    login: gateway.metricsURL == nil ? gateway.login : .none,
                    certificateAuthorities: gateway.authorities), functions: pool, namespace: gateway.namespace,
                deadline: settings.deadline, timeout: timeout)
        case .prometheus(let queries):
            return try PrometheusQuerySource(
                MetricsEndpoint(queries.url, login: queries.login, certificateAuthorities: queries.authorities),
                queries: queries.byQuantity, timeout: timeout)
        }
    }

    /// - Parameters:
    ///   - gateway: see ``Steering/SteeringPlan/Gateway/client(period:)``.
    ///   - onOtherHand: told of numbers that somebody else has asked for.
    public func setter(
        _ gateway: GatewayClient, onOtherHand: @escaping @Sendable (String) -> Void = { _ in }
    ) -> ReplicaSetter {
        ReplicaSetter(gateway, functions: pool, onOtherHand: onOtherHand)
    }

    /// - Parameter absences: of the source.
    /// - Throws: for a text that makes no policy, and for one that needs what the source cannot tell.
    public func recommender(absences: MetricAbsences) throws(SteeringFailure) -> RuleRecommender {
        try RuleRecommender(policy, settings: settings, absences: absences)
    }

    /// nil: none is set. A number is one that cannot fail.
    public func fallbackRecommender(absences: MetricAbsences) throws(SteeringFailure) -> (any Recommender)? {
        guard let fallback else { return nil }
        if let count = Int(fallback) {
            guard (0...SteeringCourse.mostCredible).contains(count) else {
                throw SteeringFailure("the fallback is \(count) workers; expected 0 to \(SteeringCourse.mostCredible)")
            }
            return FixedRecommender(count)
        }
        return try RuleRecommender(fallback, settings: settings, absences: absences)
    }
}

extension SteeringPlan.Gateway {
    /// A client whose calls end in time for a function of that period.
    public func client(period: Double) throws(SteeringFailure) -> GatewayClient {
        do {
            return GatewayClient(
                address: try GatewayAddress(url),
                credentials: try passwordFile.map { try GatewayCredentials(username: username, passwordFile: $0) },
                namespace: namespace, http: HTTPClient(options: .init(certificateAuthorities: authorities)),
                callTimeout: ReplicaSetter.callLimit(period: period))
        } catch {
            throw SteeringFailure("\(error)")
        }
    }

    fileprivate var login: MetricsEndpoint.Login {
        passwordFile.map { .basic(user: username, passwordFile: $0) } ?? .none
    }
}

extension PrometheusQueries {
    fileprivate var login: MetricsEndpoint.Login {
        if let tokenFile { return .bearer(file: tokenFile) }
        return passwordFile.map { .basic(user: username ?? "admin", passwordFile: $0) } ?? .none
    }

    fileprivate var byQuantity: [PrometheusQuerySource.Quantity: String] {
        let queries: [PrometheusQuerySource.Quantity: String?] = [
            .arrivalRate: arrivalRate, .recentArrivalRate: recentArrivalRate, .completionRate: completionRate,
            .failureRate: failureRate, .running: running, .queued: queued, .oldestAge: oldestAge,
            .serviceSeconds: serviceSeconds, .responseSeconds: responseSeconds, .metRate: metRate,
            .missedRate: missedRate, .sampledAt: sampledAt,
        ]
        return queries.compactMapValues(\.self)
    }
}
