public import EnvironmentClient
import EnvironmentProtocol
import FarmEnvironments
public import Gymnasium

/// Where environments are made: by a server, or in this process.
///
///     let source = EnvironmentSource(endpoint: "tcp://127.0.0.1:5555")
///     let vector = try await source.vector("faasfarm/CartPole-v1", [], count: 16, autoresetMode: .sameStep)
public struct EnvironmentSource: Sendable {
    /// Of a server of the protocol; nil: this process, in which farms are simulated.
    public let endpoint: String?
    /// Seconds after which a server's silence is an error, at least; slow steps get more, by what the server expects.
    public let patience: Double
    /// Of a server with keys.
    public let keys: ClientKeys?

    public init(endpoint: String?, patience: Double = 10, keys: ClientKeys? = nil) {
        self.endpoint = endpoint
        self.patience = patience
        self.keys = keys
    }

    /// Makes a vector.
    ///
    /// - Throws: `EnvironmentError` or `ClientError`: an unknown id or argument, or a server that does not answer.
    public func vector(
        _ id: String, _ arguments: [Value.Entry], count: Int, autoresetMode: AutoresetMode
    ) async throws -> any ImmediateRows {
        let arguments = arguments.sorted { $0.key < $1.key }
        if let endpoint {
            var configuration = ClientConfiguration(endpoint, keys: keys)
            configuration.patienceSeconds = patience
            return try RemoteVector(
                configuration,
                make: RemoteMake(id, count: count, autoresetMode: autoresetMode, arguments: arguments))
        }
        return try await EnvironmentCatalogue.registry().makeVector(
            id, EnvironmentRegistry.Arguments(entries: arguments), count: count, autoresetMode: autoresetMode)
    }

    /// Makes a vector of so many, or of one where the server makes no more, and of live farms, which would share a machine.
    ///
    /// - Throws: as ``vector(_:_:count:autoresetMode:)``.
    public func vector(
        _ id: String, _ arguments: [Value.Entry], atMost count: Int, autoresetMode: AutoresetMode
    ) async throws -> any ImmediateRows {
        do {
            let isFarm = endpoint != nil && id == FarmEnvironmentRegistration.id
            let first = try await vector(id, arguments, count: isFarm ? 1 : count, autoresetMode: autoresetMode)
            guard first.count < count, case .simulated = Provenance(environmentID: id, arguments: first.arguments)
            else {
                return first
            }
            first.closeNow()
            return try await vector(id, arguments, count: count, autoresetMode: autoresetMode)
        } catch let error as ClientError where count > 1 && error.isOfVectors {
            return try await vector(id, arguments, count: 1, autoresetMode: autoresetMode)
        }
    }

    /// An environment's arguments, of which those behind win over those before.
    public static func arguments(_ lists: [Value.Entry]...) -> [Value.Entry] {
        var entries: [Value.Entry] = []
        for entry in lists.joined() {
            entries.removeAll { $0.key == entry.key }
            entries.append(entry)
        }
        return entries
    }
}

extension ClientError {
    /// Whether the server, or this environment of it, has no vectors.
    fileprivate var isOfVectors: Bool {
        switch self {
        case .unsupported: true
        case .refused(let refusal): refusal.reason == .capabilityMissing
        default: false
        }
    }
}
