public import DaemonHTTP
import Foundation
import HTTPTypes
public import Hummingbird
public import Logging
public import Steering

/// Where `faasfarm steer status`, `promote`, `revert`, `pause` and `resume` reach a running one: a listener on loopback, whose
/// address and token are in a file that only its user can read.
///
///     let control = ControlRoutes(desk, file: try ControlFile(beside: "steer.sqlite"))
///     places.append(.init("the control of steer", HTTPAddress(host: "127.0.0.1", port: 0), control))
public struct ControlRoutes: HTTPRoutes {
    private let desk: SteeringDesk
    private let file: ControlFile

    public init(_ desk: SteeringDesk, file: ControlFile) { (self.desk, self.file) = (desk, file) }

    public var paths: String { "/steer and /steer/FUNCTION/ACTION" }

    public func open(at address: HTTPAddress, _ logger: Logger) {
        do {
            try file.write(address: "http://\(address)")
        } catch {
            logger.warning("`faasfarm steer status` will not find this one: \(error)")
        }
    }

    public func response(to request: Request) async throws -> Response? {
        let parts = request.uri.path.split(separator: "/").map(String.init)
        guard parts.first == "steer" else { return nil }
        guard request.headers[.authorization].map(file.opens(with:)) == true else {
            return .line(.unauthorized, "the token of \(file.path) is needed")
        }
        if parts.count == 1, request.method == .get { return .json(.ok, StatusReport(desk.board).json) }
        guard parts.count == 3, request.method == .post else {
            return .line(.notFound, "there are GET /steer and POST /steer/FUNCTION/ACTION")
        }
        guard let action = SteeringAction(name: parts[2], direction: request.uri.queryParameters["direction"]) else {
            return .line(
                .badRequest,
                "the action must be promote, revert, pause (direction up, down or both) or resume; got \"\(parts[2].prefix(40))\""
            )
        }
        let function = parts[1].removingPercentEncoding ?? parts[1]
        do {
            try await desk.take(action, of: function)
        } catch {
            return .line(.notFound, error.description)
        }
        return .json(.accepted, StatusReport(desk.board, only: function).json)
    }
}

extension SteeringAction {
    fileprivate init?(name: String, direction: Substring?) {
        switch name {
        case "promote": self = .promote
        case "revert": self = .revert
        case "resume": self = .resume
        case "pause":
            guard let direction = SteeringSettings.Direction(rawValue: direction.map(String.init) ?? "both") else {
                return nil
            }
            self = .pause(direction)
        default: return nil
        }
    }
}

extension Response {
    fileprivate static func line(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: .init(string: text + "\n")))
    }

    fileprivate static func json(_ status: HTTPResponse.Status, _ bytes: Data) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: .init(bytes: bytes)))
    }
}
