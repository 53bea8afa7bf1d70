import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore

/// The paths of one subject, and what answers there.
public protocol HTTPRoutes: Sendable {
    /// For whoever asks for a path that there is not, such as "POST /tasks and GET /tasks/ID".
    var paths: String { get }

    /// Says where it is reached. Called once, before the first request.
    func open(at address: HTTPAddress, _ logger: Logger)

    /// The answer to a request; nil where its path is none of these.
    func response(to request: Request) async throws -> Response?

    /// The answer to a request whose path is nobody's; nil leaves it to the others, and to a plain 404.
    func refusal(of request: Request) -> Response?
}

extension HTTPRoutes {
    public func refusal(of request: Request) -> Response? { nil }
}

/// Answers with the first of several routes that has the path.
struct RoutesResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    private let routes: [any HTTPRoutes]

    init(_ routes: [any HTTPRoutes]) { self.routes = routes }

    func respond(to request: Request, context: Context) async throws -> Response {
        for route in routes {
            if let response = try await route.response(to: request) { return response }
        }
        for route in routes {
            if let response = route.refusal(of: request) { return response }
        }
        return .text(.notFound, "there are \(routes.map(\.paths).joined(separator: ", "))")
    }
}

extension Response {
    /// A line for people.
    static func text(
        _ status: HTTPResponse.Status, _ line: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: line.hasSuffix("\n") ? line : line + "\n")))
    }
}
