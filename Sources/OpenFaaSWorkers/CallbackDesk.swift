import Foundation
public import OpenFaaS
import Synchronization

/// Where callbacks of queued calls are matched to the calls, by a key that is the last part of each call's own address: what
/// comes there needs no header to be told apart.
///
/// The first callback of a call counts. Later ones, and those that come after the call was given up, are told to whoever made
/// the call: they may still be the task's first result.
public final class CallbackDesk: Sendable {
    /// What a callback said, or why it said nothing.
    public typealias Callback = Result<FunctionAnswer, GatewayError>

    /// What became of a callback.
    public enum Reception: Sendable, Hashable {
        case counted
        /// The call had one already, or had been given up; its maker was told.
        case late
        /// No call has that key, or none that is still known.
        case unknown
    }

    /// What came to the listener and was no callback of a call.
    public struct Strays: Sendable, Hashable {
        public var count = 0
        /// What was wrong with the last one.
        public var problem = ""
    }

    private enum Entry {
        case expected
        case waiting(CheckedContinuation<Callback?, Never>)
        case arrived(Callback)
        case over
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var late: [String: @Sendable (Callback) -> Void] = [:]
        /// Calls that are over, oldest first, so that the table stays bounded.
        var over: [String] = []
        var firstOver = 0
        var strays = Strays()
    }

    /// What callback addresses begin with; nobody else knows its last part.
    public let url: String
    /// Where its listener is to be reached, for messages: ``url`` is secret.
    public let base: String
    /// The path of ``url``.
    public let path: String
    private let state = Mutex(State())

    /// Calls that are over and still known, for telling apart what comes late from what never was.
    private static let memory = 20_000

    /// - Parameter base: where the desk's listener is to be reached from the gateway, such as `http://10.0.0.5:9000`.
    public init(base: String) {
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        let secret = "/callback/" + UUID().uuidString.lowercased()
        self.base = base
        url = base + secret
        let afterScheme = base.range(of: "://")?.upperBound ?? base.startIndex
        path = String(base[afterScheme...].drop { $0 != "/" }) + secret
    }

    /// Those that came so far, for all farms of the desk.
    public var strays: Strays { state.withLock { $0.strays } }

    /// Counts what was no callback of a call.
    public func countStray(_ problem: String) {
        state.withLock {
            $0.strays.count += 1
            $0.strays.problem = problem
        }
    }

    /// Where the callback of a call is to be sent.
    func url(of key: String) -> String { url + "/" + key }

    /// The key in the path of a request; nil when the path is not of this desk.
    ///
    /// A base path of a proxy may have been taken off on the way.
    public func key(in path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let (head, key) = (path[..<slash], path[path.index(after: slash)...])
        guard head.hasPrefix("/"), head.contains("/callback/"), self.path.hasSuffix(head), !key.isEmpty else {
            return nil
        }
        return String(key)
    }

    /// Makes the desk wait for a call's callback. To be called before the call is made: its callback may be quick.
    ///
    /// - Parameter late: called with each callback that comes after the first, or after the call was given up.
    func expect(_ key: String, late: @escaping @Sendable (Callback) -> Void) {
        state.withLock {
            $0.entries[key] = .expected
            $0.late[key] = late
        }
    }

    /// The call was not made after all.
    func forget(_ key: String) {
        state.withLock {
            $0.entries[key] = nil
            $0.late[key] = nil
        }
    }

    /// What the callback said; nil when the call was given up before one came.
    ///
    /// - Throws: `CancellationError`.
    func result(of key: String) async throws -> Callback? {
        let callback = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known: Callback?? = state.withLock { state in
                    switch state.entries[key] {
                    case .arrived(let callback):
                        close(key, in: &state)
                        return .some(callback)
                    case .expected:
                        state.entries[key] = .waiting(continuation)
                        return nil
                    case .waiting, .over, nil: return .some(nil)
                    }
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            giveUp(key)
        }
        try Task.checkCancellation()
        return callback
    }

    /// ``result(of:)``, given up after `limit`.
    func result(of key: String, within limit: Duration) async throws -> Callback? {
        let timer = Task {
            try await Task.sleep(for: limit)
            giveUp(key)
        }
        defer { timer.cancel() }
        return try await result(of: key)
    }

    /// Nobody waits for the call's callback any more. What has come already counts.
    func giveUp(_ key: String) {
        let waiting: CheckedContinuation<Callback?, Never>? = state.withLock { state in
            switch state.entries[key] {
            case .waiting(let continuation):
                close(key, in: &state)
                return continuation
            case .expected:
                close(key, in: &state)
                return nil
            case .arrived, .over, nil: return nil
            }
        }
        waiting?.resume(returning: nil)
    }

    /// Takes a callback.
    @discardableResult
    public func deliver(_ callback: Callback, of key: String) -> Reception {
        var waiting: CheckedContinuation<Callback?, Never>?
        var late: (@Sendable (Callback) -> Void)?
        let reception: Reception = state.withLock { state in
            switch state.entries[key] {
            case .expected:
                state.entries[key] = .arrived(callback)
                return .counted
            case .waiting(let continuation):
                close(key, in: &state)
                waiting = continuation
                return .counted
            case .arrived, .over:
                late = state.late[key]
                return .late
            case nil: return .unknown
            }
        }
        waiting?.resume(returning: callback)
        late?(callback)
        return reception
    }

    private func close(_ key: String, in state: inout State) {
        state.entries[key] = .over
        state.over.append(key)
        guard state.over.count - state.firstOver > Self.memory else { return }
        let oldest = state.over[state.firstOver]
        state.entries[oldest] = nil
        state.late[oldest] = nil
        state.firstOver += 1
        guard state.firstOver > Self.memory else { return }
        state.over.removeFirst(state.firstOver)
        state.firstOver = 0
    }
}

extension FunctionAnswer {
    /// What a callback says of its call; nil when it has no status.
    ///
    /// - Parameter headers: the callback's own.
    public init?(callbackHeaders headers: [(name: String, value: String)], body: [UInt8]) {
        func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        guard let status = value("x-function-status").flatMap({ Int($0) }), (100...599).contains(status) else {
            return nil
        }
        // The queue's worker writes a duration always; only the gateway's marks tell that the function was reached.
        let isFunctions = value("x-served-by") != nil || value("x-start-time") != nil
        let duration = value("x-duration-seconds").flatMap(Double.init).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        self.init(
            status: status, headers: headers, body: body, callID: value("x-call-id"),
            durationSeconds: isFunctions ? duration : nil, internalSource: value("x-openfaas-internal"),
            seconds: duration ?? 0)
    }
}
