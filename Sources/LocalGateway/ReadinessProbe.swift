import Curl

/// Asks a replica for `/_/health` until it answers.
struct ReadinessProbe: Sendable {
    static let interval: Duration = .milliseconds(25)

    let port: Int
    let client: HTTPClient
    /// Whether the answer still matters.
    let isWanted: @Sendable () -> Bool

    /// Returns true once the replica has answered anything but 5xx, false when nobody wants to know any more.
    func waitForAnswer() async throws -> Bool {
        while isWanted() {
            if await answers() { return isWanted() }
            try await Task.sleep(for: Self.interval)
        }
        return false
    }

    private func answers() async -> Bool {
        let request = HTTPRequest(
            "GET", "http://127.0.0.1:\(port)/_/health", timeout: .seconds(1), connectTimeout: .seconds(1))
        // Refused connections and silence are what a starting program answers with.
        guard let response = try? await client.send(request) else { return false }
        return response.status < 500
    }
}
