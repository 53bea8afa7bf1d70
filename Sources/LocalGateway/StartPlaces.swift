/// Keeps the number of replicas that start at once within bounds: each start takes a place, which it gives back once the
/// function listens or the replica has ended.
struct StartPlaces: Sendable {
    private let gate: Gate
    /// After so long a start gives its place back anyway; nil: never.
    private let limit: Duration?

    /// - Parameter count: nil: as many as suit the machine, and who is slow without computing holds up the others for two
    ///   seconds only. A number that somebody gave is kept.
    init(_ count: Int?) {
        gate = Gate(max(1, count ?? LocalGatewayConfiguration.usualParallelStarts))
        limit = count == nil ? .seconds(2) : nil
    }

    /// Waits for a place, which calling what is returned gives back; any number of times.
    func enter() async -> @Sendable () -> Void {
        await gate.place(atMost: limit)
    }
}
