import Steering

extension SteeringBoard {
    /// The number of workers that somebody else may set for a function.
    ///
    /// - Throws: ``SteeringFailure`` where nobody knows enough for a number, or where nobody may act on it: the function is not
    ///   steered here or only advised, its input is stale, its policy fails and has no fallback, steering is about to end.
    func number(of function: String, at now: Double) throws(SteeringFailure) -> Int {
        guard !isStopping else { throw SteeringFailure("steering is about to end") }
        guard let entry = entry(function) else {
            throw SteeringFailure("no function \"\(function)\" is steered here, or nothing was decided for it yet")
        }
        guard entry.mode == .steer else {
            throw SteeringFailure("\(function) is only advised; promote it for its number to be acted on")
        }
        return try entry.number(at: now)
    }
}
