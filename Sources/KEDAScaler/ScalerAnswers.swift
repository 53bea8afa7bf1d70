import GRPCCore
import Steering

/// What KEDA is answered, without sockets.
///
/// Not knowing is never 0 and never inactive, but the error `UNAVAILABLE` with the reason: KEDA then applies the ScaledObject's
/// `fallback`. What is to be looked at is told always, since without it KEDA has no HPA to apply a fallback to.
struct ScalerAnswers: Sendable {
    /// The only metric: the number of workers, of which each worker is to have 1.
    static let metric = "faasfarm-workers"

    let board: SteeringBoard
    /// Seconds since 1970.
    let now: @Sendable () -> Double

    func spec(for reference: Externalscaler_ScaledObjectRef) throws(RPCError) -> Externalscaler_GetMetricSpecResponse {
        _ = try ScaledObject(reference)
        var spec = Externalscaler_MetricSpec()
        spec.metricName = ScalerAnswers.metric
        spec.targetSize = 1
        spec.targetSizeFloat = 1
        var response = Externalscaler_GetMetricSpecResponse()
        response.metricSpecs = [spec]
        return response
    }

    func metrics(for request: Externalscaler_GetMetricsRequest) throws(RPCError) -> Externalscaler_GetMetricsResponse {
        let object = try ScaledObject(request.scaledObjectRef)
        guard request.metricName == ScalerAnswers.metric else {
            throw RPCError(
                code: .invalidArgument,
                message: "there is no metric \"\(request.metricName.prefix(253))\"; the only one is "
                    + "\"\(ScalerAnswers.metric)\"")
        }
        let number = try number(of: object)
        var value = Externalscaler_MetricValue()
        value.metricName = ScalerAnswers.metric
        value.metricValue = Int64(number)
        value.metricValueFloat = Double(number)
        var response = Externalscaler_GetMetricsResponse()
        response.metricValues = [value]
        return response
    }

    /// Inactive is a function only whose policy asks for 0 workers, knowing why.
    func activity(of object: ScaledObject) throws(RPCError) -> Externalscaler_IsActiveResponse {
        var response = Externalscaler_IsActiveResponse()
        response.result = try number(of: object) > 0
        return response
    }

    private func number(of object: ScaledObject) throws(RPCError) -> Int {
        do {
            return try board.number(of: object.function, at: now())
        } catch {
            throw RPCError(code: .unavailable, message: error.description)
        }
    }
}
