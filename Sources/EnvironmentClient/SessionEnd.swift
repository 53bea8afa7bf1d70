import EnvironmentProtocol
import Numbers

/// Ends a session over a connection of its own, so that whoever is interrupted need not wait for a step's end: the server
/// cancels the call under way, and answers it by saying that the session has ended.
public struct SessionEnd: Sendable {
    let session: String
    let configuration: ClientConfiguration

    /// Waits a second at most. Of a session that cannot be ended, the server's lease takes care.
    public func callAsFunction() {
        (try? Connection(configuration))?.close(session, within: 1)
    }
}

extension Connection {
    /// Ends a session, within so many seconds and also when the server is gone. Of one that cannot be ended, the server's
    /// lease takes care.
    func close(_ session: String, within seconds: Double) {
        var request = WireRequest()
        // Without an id, because it is not known whether the server has got a pending request.
        request.sessionID = session
        request.close = .init()
        guard let payload = try? encoded(request) else { return }
        _ = try? ask(payload, named: .close, until: .now + Duration(clampingSeconds: seconds), attempt: 0.25) {
            $0.requestID == 0 && $0.sessionID == session
        }
    }
}
