public import DaemonHTTP
public import Foundation
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore
public import Steering

/// `GET /steering/FUNCTION`: the number of workers in JSON, for KEDA's `metrics-api` trigger (`valueLocation: workers`) and for
/// people; 503 and the reason where there is none.
///
///     let place = DaemonHTTP.Place("--metrics-listen", address, SteeringRoutes(board))
public struct SteeringRoutes: HTTPRoutes {
    /// Where there is a number.
    private struct Answer: Encodable {
        let function: String
        let workers: Int
        let author: SteeringDecision.Author
        let recommended: Int?
        let decision: Int
        let decided: Double
        /// Seconds.
        let inputAge: Double

        enum CodingKeys: String, CodingKey {
            case function, workers, author, recommended, decision, decided
            case inputAge = "input_age"
        }
    }

    private struct Refusal: Encodable {
        let function: String
        let reason: String
    }

    private static let prefix = "/steering/"

    private let board: SteeringBoard
    private let now: @Sendable () -> Double

    /// - Parameter now: seconds since 1970.
    public init(_ board: SteeringBoard, now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) {
        (self.board, self.now) = (board, now)
    }

    public var paths: String { "GET /steering/FUNCTION" }

    public func open(at address: HTTPAddress, _ logger: Logger) {
        logger.notice("numbers of workers are on http://\(address)/steering/FUNCTION")
    }

    public func response(to request: Request) async throws -> Response? {
        guard request.uri.path.hasPrefix(SteeringRoutes.prefix), request.method == .get || request.method == .head,
            let function = request.uri.path.dropFirst(SteeringRoutes.prefix.count).removingPercentEncoding,
            !function.isEmpty, !function.contains("/")
        else { return nil }
        let (status, json) = try answer(for: function)
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// A status, and a line of JSON.
    func answer(for function: String) throws -> (HTTPResponse.Status, Data) {
        let time = now()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var status = HTTPResponse.Status.ok
        var json: Data
        do {
            let workers = try board.number(of: function, at: time)
            let decision = board.entry(function)?.decision
            json = try encoder.encode(
                Answer(
                    function: function, workers: workers, author: decision?.author ?? .nobody,
                    recommended: decision?.recommended, decision: decision?.number ?? 0, decided: decision?.time ?? 0,
                    inputAge: (decision?.inputAge ?? 0) + max(time - (decision?.time ?? time), 0)))
        } catch let failure as SteeringFailure {
            status = .serviceUnavailable
            json = try encoder.encode(Refusal(function: function, reason: failure.description))
        }
        json.append(contentsOf: "\n".utf8)
        return (status, json)
    }
}
