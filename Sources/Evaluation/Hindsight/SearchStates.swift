import Farm

/// States of one episode that a search branches from, in numbered slots.
protocol SearchStates {
    /// The episode's beginning.
    mutating func begin(_ slot: Int)

    mutating func copy(_ source: Int, to target: Int)

    /// Asks for workers and lets a window pass.
    mutating func play(_ slot: Int, _ target: Int) -> SearchStep

    /// Workers asked for.
    func desired(_ slot: Int) -> Int

    /// What the tasks that wait are going to cost, if the present workers serve them and none comes.
    func backlog(_ slot: Int) -> Double
}

/// What a window came to in a search.
struct SearchStep {
    var cost = 0.0
    /// Tasks so far that no longer wait.
    var served = 0
    /// Whether the episode is over.
    var isOver = false
}

/// What a search pays: of a missed task, a paid worker-second, a worker of change, and a task that waits at a window's end.
struct SearchPrices {
    var miss: Double
    var worker: Double
    var change = 0.0
    var queue = 0.0
}
