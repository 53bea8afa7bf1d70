import Curl

/// Asks a replica for its health until it answers.
struct ReadinessProbe: Sendable {
    static let interval: Duration = .milliseconds(25)

    let port: Int
    /// What is asked for; nil: what every watchdog has, and a function without one need not.
    let path: String?
    let client: HTTPClient
    /// Whether the answer still matters.
    let isWanted: @Sendable () -> Bool

    /// Returns true once the replica has answered, false when nobody wants to know any more.
    func waitForAnswer() async -> Bool {
        while isWanted() {
            if await answers() { return isWanted() }
            do { try await Task.sleep(for: Self.interval) } catch { return false }
        }
        return false
    }

    /// Anything but 5xx will do, where the path is the function's own a success.
    private func answers() async -> Bool {
        let request = HTTPRequest(
            "GET", "http://127.0.0.1:\(port)\(path ?? "/_/health")", timeout: .seconds(1), connectTimeout: .seconds(1))
        // Refused connections and silence are what a starting program answers with.
        guard let response = try? await client.send(request) else { return false }
        return response.status < (path == nil ? 500 : 400)
    }
}
