import EnvironmentProtocol

/// Ends a session over a connection of its own, so that whoever is interrupted need not wait for a step's end: the server
/// cancels the call under way, and answers it by saying that the session has ended.
public struct SessionEnd: Sendable {
    let session: String
    let configuration: ClientConfiguration

    /// Waits a second at most. Of a session that cannot be ended, the server's lease takes care.
    public func callAsFunction() {
        guard let connection = try? Connection(configuration) else { return }
        var request = WireRequest()
        request.sessionID = session
        request.close = .init()
        guard let payload = try? encoded(request) else { return }
        _ = try? connection.ask(payload, named: .close, until: .now + .seconds(1), attempt: 0.25) {
            $0.requestID == 0 && $0.sessionID == session
        }
    }
}
