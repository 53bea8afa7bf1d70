import Farm
public import Foundation
public import OpenFaaS
public import Steering
import Synchronization

/// Workers that are replicas of functions on an OpenFaaS gateway, looked at and asked for.
///
///     let setter = ReplicaSetter(gateway, functions: ["resize"]) { logger.notice("\($0)") }
///     let seen = try await setter.look()
///     try await setter.ask(for: seen.asked + 1)
///
/// The number is shared evenly among several functions. Each call to the gateway ends by the client's own limit: make it with
/// ``callLimit(period:)``.
public final class ReplicaSetter: WorkerSetter {
    private struct Unit {
        let name: String
        /// As it was looked at last.
        var status: FunctionStatus?
        /// What the gateway made of the last number that was asked for; nil: it has not said.
        var made: Int?
    }

    private let gateway: GatewayClient
    private let now: @Sendable () -> Double
    private let onOtherHand: @Sendable (String) -> Void
    private let units: Mutex<[Unit]>

    /// - Parameters:
    ///   - functions: one at least.
    ///   - now: seconds since 1970.
    ///   - onOtherHand: told, once for each number, that a function has another one than was asked for last.
    public init(
        _ gateway: GatewayClient, functions: [String],
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
        onOtherHand: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.gateway, self.now, self.onOtherHand) = (gateway, now, onOtherHand)
        units = Mutex(functions.map { Unit(name: $0) })
    }

    /// For the `callTimeout` of a gateway's client: looking is a call, asking is three at most, and there is a source to be read and
    /// a policy to be waited for in the same period.
    public static func callLimit(period: Double) -> Duration { .seconds(min(max(period / 6, 0.25), 5)) }

    public func look() async throws(SteeringFailure) -> WorkersSeen {
        let names = units.withLock { $0.map(\.name) }
        let statuses = try await each(names.indices) { [gateway] index in
            guard let status = try await gateway.function(names[index]) else {
                throw SteeringFailure("the gateway \(gateway.address) has no function \"\(names[index])\"")
            }
            return status
        }
        let notices = units.withLock { units in
            units.indices.compactMap { index in
                units[index].status = statuses[index]
                guard let found = statuses[index]?.replicas, let made = units[index].made, found != made else {
                    return String?.none
                }
                units[index].made = found
                return "\(units[index].name) has \(found) replicas where \(made) were there after the last change: "
                    + "somebody else scales it too; leave it to one"
            }
        }
        for notice in notices { onOtherHand(notice) }
        return seen(statuses.values)
    }

    public func ask(for count: Int) async throws(SteeringFailure) -> WorkersSeen? {
        let known = units.withLock { $0 }
        let shares = EvenShares.of(max(count, 0), floors: known.map { _ in 0 })
        let changed = known.indices.filter { known[$0].status?.replicas != shares[$0] }
        // Until the gateway says what it makes of the number, whatever is found is its work.
        units.withLock { units in
            for index in changed { (units[index].made, units[index].status) = (nil, nil) }
        }
        let statuses = try await each(changed) { [gateway] index in
            try await gateway.scaleAndReadBack(known[index].name, to: shares[index])
        }
        let all = units.withLock { units in
            for index in changed {
                (units[index].made, units[index].status) = (statuses[index]?.replicas, statuses[index])
            }
            return units.map(\.status)
        }
        return all.contains { $0 == nil } ? nil : seen(all.compactMap(\.self))
    }

    private func seen(_ statuses: some Collection<FunctionStatus>) -> WorkersSeen {
        WorkersSeen(
            time: now(), asked: statuses.reduce(0) { $0 + $1.replicas },
            ready: statuses.reduce(0) { $0 + $1.availableReplicas })
    }

    /// Calls for several units beside each other. All have ended when it returns.
    private func each(
        _ indices: some Sequence<Int>, _ call: @escaping @Sendable (Int) async throws -> FunctionStatus?
    ) async throws(SteeringFailure) -> [Int: FunctionStatus] {
        let results = await withTaskGroup(of: (Int, Result<FunctionStatus?, any Error>).self) { group in
            for index in indices {
                group.addTask {
                    do { return (index, .success(try await call(index))) } catch { return (index, .failure(error)) }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var statuses: [Int: FunctionStatus] = [:]
        var failures: [String] = []
        for (index, result) in results.sorted(by: { $0.key < $1.key }) {
            switch result {
            case .success(let status): statuses[index] = status
            case .failure(is CancellationError): failures.append("steering ends")
            case .failure(let error): failures.append("\(error)")
            }
        }
        guard failures.isEmpty else { throw SteeringFailure(failures.joined(separator: "; ")) }
        return statuses
    }
}
