import Curl
import Foundation
import FunctionIngress
import Logging
import OpenFaaS
import ServiceLifecycle
import Steering
import StubGateway

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// An ingress that runs before a stub, and a caller.
struct Stand {
    let ingress: FunctionIngress
    let url: String
    let client = HTTPClient(options: .init(usesEnvironmentProxy: false))

    func call(
        _ path: String, method: String = "POST", headers: [(name: String, value: String)] = [], body: String = ""
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(method, url, headers: headers, body: Array(body.utf8), timeout: .seconds(20))
        request.target = path
        return try await client.send(request)
    }

    /// Waits until something holds of a function's counts.
    func wait(_ function: String = "work", until holds: (FunctionIngress.Counts) -> Bool) async -> Bool {
        let limit = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < limit {
            if let counts = ingress.counts(of: function), holds(counts) { return true }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return false
    }
}

/// Runs an ingress before `stub` for as long as the body takes.
func standing(
    before stub: StubGateway, deadline: Double = 10, concurrency: Int = 1,
    _ change: (inout FunctionIngress.Settings) -> Void = { _ in }, _ body: (Stand) async throws -> Void
) async throws {
    var function = SteeringSettings(function: "work")
    function.deadline = deadline
    var settings = FunctionIngress.Settings(
        gateway: try GatewayAddress(stub.url), functions: [.init(function, concurrency: concurrency)])
    change(&settings)
    let ingress = try FunctionIngress(settings, logger: quiet)
    let group = ServiceGroup(configuration: .init(services: [ingress], logger: quiet))
    let running = Task { try await group.run() }
    do {
        let stand = Stand(ingress: ingress, url: "http://127.0.0.1:\(try await ingress.waitUntilBound())")
        try await body(stand)
        stand.client.shutDown()
    } catch {
        running.cancel()
        throw error
    }
    await group.triggerGracefulShutdown()
    try await running.value
}
