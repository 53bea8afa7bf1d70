import Foundation
public import OpenFaaS
import Synchronization

/// Where callbacks of queued calls are matched to the calls, by call id.
///
/// The first callback of a call counts. Later ones, and those that come after the call's limit, are dropped and told to
/// whoever made the call.
public final class CallbackDesk: Sendable {
    private enum Entry {
        case expected
        case waiting(CheckedContinuation<FunctionAnswer?, Never>)
        case arrived(FunctionAnswer)
        case over
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var surplus: [String: @Sendable () -> Void] = [:]
        /// Calls that are over, oldest first, so that the table stays bounded.
        var over: [String] = []
        var firstOver = 0
    }

    /// What the gateway is told to send callbacks to; nobody else knows its last part.
    public let url: String
    /// The path of ``url``.
    public let path: String
    private let state = Mutex(State())

    /// Calls that are over and still known, for telling apart what comes late from what never was.
    private static let memory = 20_000

    /// - Parameter base: where the desk's listener is to be reached from the gateway, such as `http://10.0.0.5:9000`.
    public init(base: String) {
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        let secret = "/callback/" + UUID().uuidString.lowercased()
        url = base + secret
        let afterScheme = base.range(of: "://")?.upperBound ?? base.startIndex
        path = String(base[afterScheme...].drop { $0 != "/" }) + secret
    }

    /// Makes the desk wait for a call's callback. To be called before the call is made: its callback may be quick.
    ///
    /// - Parameter surplus: called for each callback that is dropped.
    func expect(_ id: String, surplus: @escaping @Sendable () -> Void) {
        state.withLock {
            $0.entries[id] = .expected
            $0.surplus[id] = surplus
        }
    }

    /// The call was not made after all.
    func forget(_ id: String) {
        state.withLock {
            $0.entries[id] = nil
            $0.surplus[id] = nil
        }
    }

    /// What the callback said; nil when none came within `limit`.
    ///
    /// - Throws: `CancellationError`.
    func result(of id: String, within limit: Duration) async throws -> FunctionAnswer? {
        let timer = Task {
            try await Task.sleep(for: limit)
            end(id)
        }
        defer { timer.cancel() }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known: FunctionAnswer?? = state.withLock { state in
                    switch state.entries[id] {
                    case .arrived(let answer):
                        close(id, in: &state)
                        return .some(answer)
                    case .expected:
                        state.entries[id] = .waiting(continuation)
                        return nil
                    case .waiting, .over, nil: return .some(nil)
                    }
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            end(id)
        }
        try Task.checkCancellation()
        return answer
    }

    /// Takes a callback.
    ///
    /// - Returns: whether it counted.
    @discardableResult
    public func deliver(_ answer: FunctionAnswer, of id: String) -> Bool {
        let (waiting, surplus, counts): (CheckedContinuation<FunctionAnswer?, Never>?, (@Sendable () -> Void)?, Bool) =
            state.withLock { state in
                switch state.entries[id] {
                case .expected:
                    state.entries[id] = .arrived(answer)
                    return (nil, nil, true)
                case .waiting(let continuation):
                    close(id, in: &state)
                    return (continuation, nil, true)
                case .arrived, .over: return (nil, state.surplus[id], false)
                case nil: return (nil, nil, false)
                }
            }
        waiting?.resume(returning: answer)
        surplus?()
        return counts
    }

    /// The limit of a call has passed, or nobody waits any more.
    private func end(_ id: String) {
        let waiting: CheckedContinuation<FunctionAnswer?, Never>? = state.withLock { state in
            guard let entry = state.entries[id] else { return nil }
            if case .over = entry { return nil }
            close(id, in: &state)
            if case .waiting(let continuation) = entry { return continuation }
            return nil
        }
        waiting?.resume(returning: nil)
    }

    private func close(_ id: String, in state: inout State) {
        state.entries[id] = .over
        state.over.append(id)
        guard state.over.count - state.firstOver > Self.memory else { return }
        let oldest = state.over[state.firstOver]
        state.entries[oldest] = nil
        state.surplus[oldest] = nil
        state.firstOver += 1
        guard state.firstOver > Self.memory else { return }
        state.over.removeFirst(state.firstOver)
        state.firstOver = 0
    }
}

extension FunctionAnswer {
    /// What a callback says of its call.
    ///
    /// - Parameter headers: the callback's own.
    public init?(callbackHeaders headers: [(name: String, value: String)], body: [UInt8]) {
        func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        guard let id = value("x-call-id"), let status = value("x-function-status").flatMap({ Int($0) }),
            (100...599).contains(status)
        else { return nil }
        // The queue's worker writes a duration always; only the gateway's marks tell that the function was reached.
        let isFunctions = value("x-served-by") != nil || value("x-start-time") != nil
        let duration = value("x-duration-seconds").flatMap(Double.init).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        self.init(
            status: status, headers: headers, body: body, callID: id, durationSeconds: isFunctions ? duration : nil,
            internalSource: value("x-openfaas-internal"), seconds: duration ?? 0)
    }
}
