/// What an operator does to a function that is steered.
public enum SteeringAction: Sendable, Hashable {
    /// From advice to acting.
    case promote
    /// Back to advice, and to the number of workers that was there before.
    case revert
    /// Changes in this direction are not made.
    case pause(SteeringSettings.Direction)
    case resume
}

/// Where operators reach the functions that a program steers: present states, and what can be done to them.
///
///     try await desk.take(.pause(.down), of: "resize")
///     print(desk.board.entries.map(\.decision.asked))
public struct SteeringDesk: Sendable {
    public let board: SteeringBoard
    private let steerers: [String: Steerer]

    /// - Parameter steerers: by function.
    public init(board: SteeringBoard, steerers: [String: Steerer]) {
        (self.board, self.steerers) = (board, steerers)
    }

    public var functions: [String] { steerers.keys.sorted() }

    /// - Throws: ``SteeringFailure`` for a function that is not steered here.
    public func take(_ action: SteeringAction, of function: String) async throws(SteeringFailure) {
        guard let steerer = steerers[function] else {
            throw SteeringFailure(
                "\"\(function.prefix(100))\" is not steered here; there are \(functions.joined(separator: ", "))")
        }
        await steerer.take(action)
    }
}
