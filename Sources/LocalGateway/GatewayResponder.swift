import Curl
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Finds what a request asks for. Paths, methods and credentials are looked at in the order of OpenFaaS.
struct GatewayResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    static let namespace = "openfaas-fn"
    static let release = "0.1.0"
    static let servedBy = "faasfarm/\(release)"

    let functions: FunctionTable
    let client: HTTPClient
    let metrics: GatewayMetrics
    let queue: CallQueue
    let faults: FaultPlan

    var configuration: LocalGatewayConfiguration { functions.configuration }

    func respond(to request: Request, context: Context) async throws -> Response {
        let target = Target(request.head.path ?? "/")
        if let rest = target.path.removing(prefix: "/function/") {
            return await answer(rest, query: target.query, request)
        }
        if let rest = target.path.removing(prefix: "/async-function/") {
            return await enqueue(rest, query: target.query, request)
        }
        if target.path.hasPrefix("/system/") { return try await system(target, request) }
        switch target.path {
        case "/healthz": return request.method == .get ? .empty(.ok) : .empty(.methodNotAllowed)
        case "/metrics":
            guard request.method == .get else { return .empty(.methodNotAllowed) }
            let replicas = functions.functions.map { (name: $0.name, count: $0.status.desired) }
            return .text(.ok, metrics.text(replicas: replicas), type: "text/plain; version=0.0.4; charset=utf-8")
        case "/":
            guard request.method == .get else { return .empty(.methodNotAllowed) }
            var response = Response.text(
                .movedPermanently, "<a href=\"/ui/\">Moved Permanently</a>.\n\n", type: "text/html; charset=utf-8")
            response.headers[.location] = "/ui/"
            return response
        default: return .pageNotFound
        }
    }
}

/// The path and query of a request, as they came.
struct Target {
    let path: Substring
    /// With its "?"; empty when there is none.
    let query: Substring

    init(_ text: String) {
        let end = text.firstIndex(of: "?") ?? text.endIndex
        path = text[..<end]
        query = text[end...]
    }

    /// The value of `name` in the query, percent-decoded; nil when it is not there.
    func value(of name: String) -> String? {
        for pair in query.dropFirst().split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0] == name { return parts.count > 1 ? String(parts[1]).removingPercentEncoding : "" }
        }
        return nil
    }
}

extension Substring {
    func removing(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
