import Curl
import Foundation
public import Steering

/// Speaks to a running `faasfarm steer`.
///
///     print(try await ControlClient(journal: "steer.sqlite").status().text)
public struct ControlClient: Sendable {
    private let content: ControlFile.Content
    private let path: String

    /// - Throws: ``ControlFile/Failure`` where none runs.
    public init(journal: String) throws(ControlFile.Failure) {
        path = journal + ".control"
        content = try ControlFile.read(path)
    }

    /// - Throws: ``ControlFile/Failure``, `CancellationError`.
    public func status() async throws -> StatusReport { try await ask("GET", "/steer") }

    /// Tells it to do something, which it does at its next decision.
    ///
    /// - Throws: ``ControlFile/Failure`` with what it answers, `CancellationError`.
    @discardableResult
    public func take(_ action: SteeringAction, of function: String) async throws -> StatusReport {
        let name = function.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? function
        return try await ask("POST", "/steer/\(name)/\(action.path)")
    }

    private func ask(_ method: String, _ path: String) async throws -> StatusReport {
        let client = HTTPClient()
        defer { client.shutDown() }
        let request = HTTPRequest(
            method, content.url + path, headers: [("Authorization", "Bearer \(content.token)")], timeout: .seconds(5))
        let answer: HTTPResponse
        do {
            answer = try await client.send(request)
        } catch let error as HTTPFailure {
            throw ControlFile.Failure(
                description:
                    "\(self.path) says that process \(content.pid) steers, and it does not answer (\(error)); it has ended, or is "
                    + "about to")
        }
        guard (200...299).contains(answer.status) else {
            throw ControlFile.Failure(description: answer.text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        do { return try JSONDecoder().decode(StatusReport.self, from: Data(answer.body)) } catch {
            throw ControlFile.Failure(description: "what \(content.url) answers is of another version: \(error)")
        }
    }
}

extension SteeringAction {
    fileprivate var path: String {
        switch self {
        case .promote: "promote"
        case .revert: "revert"
        case .resume: "resume"
        case .pause(let direction): "pause?direction=\(direction.rawValue)"
        }
    }
}
