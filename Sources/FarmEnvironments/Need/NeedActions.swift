/// The actions of the scheme `need`: multiples of what a stage needs, so that they mean the same on every farm.
///
/// Action 0 asks for as many workers as now. The next ones ask for a multiple each of the need for what comes, from 0 to 16
/// times; the last ones for the same and what the backlog needs.
public enum NeedActions {
    /// Of the steady need: fine around it, and up to what a flash crowd wants.
    public static let multiples = [
        0, 0.4, 0.6, 0.75, 0.87, 1, 1.12, 1.25, 1.4, 1.6, 1.85, 2.2, 2.7, 3.5, 5, 8, 16,
    ]

    /// Number of actions.
    public static let count = 1 + 2 * multiples.count

    /// The workers that an action asks for, not yet moved into the bounds.
    ///
    /// - Parameters:
    ///   - action: from 0 to ``count`` − 1.
    ///   - current: workers asked for now.
    static func desired(for action: Int, current: Int, need: Need) -> Int {
        guard (1..<count).contains(action) else { return current }
        let place = action - 1
        let workers =
            multiples[place % multiples.count] * need.steady + (place < multiples.count ? 0 : need.backlog)
        // Also where it is not a number.
        guard workers > 0 else { return 0 }
        // A number that should be whole can come out a last digit above it.
        return Int(min(max((workers - 1e-6).rounded(.up), 0), 1e9))
    }
}
