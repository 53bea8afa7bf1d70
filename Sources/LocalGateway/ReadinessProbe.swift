import Curl

/// Asks a replica for its health until it answers.
struct ReadinessProbe: Sendable {
    static let interval: Duration = .milliseconds(25)

    let port: Int
    /// What is asked for; nil: the health and the readiness that every watchdog has, and a function without one need not.
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

    /// At a path of the function's own a success is asked for. Else anything but 5xx is health, and anything but 503, which
    /// is how a function says that it is not ready, is readiness.
    private func answers() async -> Bool {
        if let path { return await status(of: path).map { $0 < 400 } ?? false }
        guard let health = await status(of: "/_/health"), health < 500 else { return false }
        return await status(of: "/_/ready").map { $0 != 503 } ?? false
    }

    /// Nil: refused connections and silence, which are what a starting program answers with.
    private func status(of path: String) async -> Int? {
        let request = HTTPRequest(
            "GET", "http://127.0.0.1:\(port)\(path)", timeout: .seconds(1), connectTimeout: .seconds(1))
        return try? await client.send(request).status
    }
}
