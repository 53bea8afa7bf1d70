import Farm
import Synchronization

/// Lets services take calls or not. A unit is a call that a service may have at a time.
final class ServiceScaler: WorkerScaler {
    private struct State {
        /// The address of each unit, those that have gone included.
        var units: [String] = []
        var gone: Set<Int> = []
        /// Units that take calls.
        var enabled: Set<Int> = []
    }

    private let addresses: ServiceAddresses
    private let most: Int
    private let state = Mutex(State())

    /// - Parameter most: workers that the scenario may ask for.
    init(_ addresses: ServiceAddresses, most: Int) {
        self.addresses = addresses
        self.most = most
    }

    var form: WorkerForm { WorkerForm(isSingle: true, platform: "the list of services", unit: "service") }

    func open() async throws(FarmError) -> WorkersFound {
        do {
            let slots = try addresses.read()
            state.withLock { $0.units = slots }
            return WorkersFound(units: slots.map { ($0, nil) }, notes: shortage(of: slots.count))
        } catch {
            throw FarmError(.unavailable, "the services cannot be used: \(error)")
        }
    }

    private func shortage(of count: Int) -> [FarmNote] {
        guard count < most else { return [] }
        let text =
            "the services take \(count) calls at a time, so there are no more workers; the scenario's workers.max is \(most)"
        return [FarmNote(.capacity, text)]
    }

    func ask(_ unit: Int, for count: Int) async -> ScalingAnswer {
        state.withLock { state in
            if count > 0 { state.enabled.insert(unit) } else { state.enabled.remove(unit) }
        }
        return ScalingAnswer(.done(WorkerSight(count: count, available: count)))
    }

    func look(at unit: Int) async throws(WorkerLookFailure) -> WorkerSight? {
        state.withLock { $0.enabled.contains(unit) } ? WorkerSight(count: 1, available: 1) : nil
    }

    func changes() async -> [UnitChange] {
        guard case .file = addresses else { return [] }
        do {
            let slots = try addresses.read()
            let changes = state.withLock { Self.change(&$0, to: slots) }
            return changes.isEmpty ? [] : changes + shortage(of: slots.count).map { .noted($0) }
        } catch {
            return [.noted(FarmNote(.list, "\(error); the services stay as they were"))]
        }
    }

    /// Makes the units those of `slots`. A unit that has gone is used again when its address is back.
    private static func change(_ state: inout State, to slots: [String]) -> [UnitChange] {
        var wanted = slots.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        var changes: [UnitChange] = []
        func isGone(_ unit: Int) -> Bool { state.gone.contains(unit) }
        // Those that are there go before those that were.
        let order = state.units.indices.filter { !isGone($0) } + state.units.indices.filter(isGone)
        for unit in order {
            let isWanted = wanted[state.units[unit], default: 0] > 0
            if isWanted { wanted[state.units[unit], default: 0] -= 1 }
            guard isWanted == state.gone.contains(unit) else { continue }
            if isWanted { state.gone.remove(unit) } else { state.gone.insert(unit) }
            changes.append(isWanted ? .returned(unit) : .went(unit))
        }
        for address in slots where wanted[address, default: 0] > 0 {
            wanted[address, default: 0] -= 1
            state.units.append(address)
            changes.append(.came(name: address))
        }
        return changes
    }

    func release() async { state.withLock { $0.enabled = [] } }
}

extension FarmNote.Kind {
    /// The list of services cannot be read.
    static let list = Self("list of services")
}
