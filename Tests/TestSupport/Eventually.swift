import Foundation

/// What a test waited for in vain.
public struct TimeOut: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Waits until `condition` holds.
///
/// - Parameters:
///   - what: is waited for, to be said when it does not come.
///   - limit: far longer than a busy machine needs.
public func eventually(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while !(try await condition()) {
        guard ContinuousClock.now < end else { throw TimeOut("not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Waits until `condition` holds, on this thread.
public func eventuallyHere(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () throws -> Bool
) throws {
    let end = ContinuousClock.now + limit
    while !(try condition()) {
        guard ContinuousClock.now < end else { throw TimeOut("not within \(limit): \(what)") }
        usleep(2_000)
    }
}

/// Runs `body` on a thread of its own, because it waits there.
public func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}
