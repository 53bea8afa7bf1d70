import Farm
import FarmEnvironments

/// A plan for an episode, found by a beam over its states: at each step every state that is kept is tried with several numbers
/// of workers, and the best for each number are kept.
///
/// A state's score is what it has cost, and what its waiting tasks are going to cost. By cost alone, states that give up a backlog
/// look best until it is too late: so a part of what is kept for each number is chosen with a higher price of what waits, and
/// among states that are not far behind a farm with all its workers.
struct BeamSearch<States: SearchStates> {
    private var states: States
    private let bounds: ClosedRange<Int>
    private let action: ActionScheme
    private let shape: BeamShape
    /// Tasks that a state may be behind a farm with all its workers.
    private let mostBehind: Int

    private struct Kept {
        var cost = 0.0
        var isOver = false
        var node = -1
    }

    private struct Candidate {
        var source: Int
        var target: Int
        var cost: Double
        var backlog: Double
        var served: Int
        var isOver: Bool
        /// Among the winners of its number.
        var place = 0

        func score(_ weight: Double) -> Double { cost + weight * backlog }
    }

    /// - Parameters:
    ///   - states: with ``BeamShape/slots`` slots.
    ///   - bounds: numbers of workers that are worth asking for.
    init(_ states: States, bounds: ClosedRange<Int>, action: ActionScheme, shape: BeamShape, mostBehind: Int) {
        (self.states, self.bounds, self.action) = (states, bounds, action)
        (self.shape, self.mostBehind) = (shape, mostBehind)
    }

    /// - Parameter steps: of an episode at most.
    mutating func plan(steps: Int) -> [Int] {
        let reference = shape.slots - 2
        var here = 0
        var kept = [Kept()]
        var nodes: [(parent: Int, target: Int)] = []
        states.begin(here)
        states.begin(reference)
        var best: (cost: Double, node: Int)?
        for _ in 0..<steps {
            let pace = states.play(reference, bounds.upperBound)
            let candidates = expand(kept, from: here)
            let winners = select(candidates, pace.served - mostBehind)
            guard !winners.isEmpty else { break }
            let there = here == 0 ? shape.width : 0
            var next: [Kept] = []
            for winner in winners {
                nodes.append((kept[winner.source].node, winner.target))
                if winner.isOver {
                    if best.map({ winner.cost < $0.cost }) ?? true { best = (winner.cost, nodes.count - 1) }
                    continue
                }
                states.copy(here + winner.source, to: there + next.count)
                _ = states.play(there + next.count, winner.target)
                next.append(Kept(cost: winner.cost, isOver: false, node: nodes.count - 1))
            }
            if next.isEmpty { break }
            (kept, here) = (next, there)
        }
        if best == nil { best = kept.min { $0.cost < $1.cost }.map { ($0.cost, $0.node) } }
        var plan: [Int] = []
        var node = best?.node ?? -1
        while node >= 0 {
            plan.append(nodes[node].target)
            node = nodes[node].parent
        }
        return plan.reversed()
    }

    private mutating func expand(_ kept: [Kept], from here: Int) -> [Candidate] {
        let scratch = shape.slots - 1
        var candidates: [Candidate] = []
        candidates.reserveCapacity(kept.count * shape.offsets.count)
        for (index, state) in kept.enumerated() {
            let desired = states.desired(here + index)
            var last = Int.min
            for offset in shape.offsets {
                let target = min(max(desired + offset, bounds.lowerBound), bounds.upperBound)
                guard target != last, reaches(target, from: desired) else { continue }
                last = target
                states.copy(here + index, to: scratch)
                let step = states.play(scratch, target)
                candidates.append(
                    Candidate(
                        source: index, target: states.desired(scratch), cost: state.cost + step.cost,
                        backlog: step.isOver ? 0 : states.backlog(scratch), served: step.served, isOver: step.isOver))
            }
        }
        return candidates
    }

    private func reaches(_ target: Int, from desired: Int) -> Bool {
        switch action {
        case .paper: abs(target - desired) <= 1
        case .delta(let k): abs(target - desired) <= k
        case .target, .need: true
        }
    }

    /// - Parameter least: tasks that a state has to have served, unless none has.
    private func select(_ candidates: [Candidate], _ least: Int) -> [Candidate] {
        let furthest = candidates.map(\.served).max() ?? 0
        let least = min(least, furthest)
        var groups: [Int: [Int]] = [:]
        for (index, candidate) in candidates.enumerated() { groups[candidate.target, default: []].append(index) }
        var winners: [Candidate] = []
        for target in groups.keys.sorted() {
            var left = groups[target] ?? []
            for place in 0..<shape.perNumber {
                // The third place is free to give up.
                let isBound = place != 2
                let weight = shape.weights[place % shape.weights.count]
                var found: Int?
                for index in left where !isBound || candidates[index].served >= least {
                    if let known = found, candidates[known].score(weight) <= candidates[index].score(weight) {
                        continue
                    }
                    found = index
                }
                guard let found else { continue }
                var winner = candidates[found]
                winner.place = place
                winners.append(winner)
                // Paths that lead to the same state are one.
                left.removeAll {
                    $0 == found
                        || candidates[$0].cost == winner.cost && candidates[$0].served == winner.served
                            && candidates[$0].backlog == winner.backlog
                }
            }
        }
        guard winners.count > shape.width else { return winners }
        winners.sort { $0.score(1) < $1.score(1) }
        // Most of the room is for as many numbers as possible: a crowd is met by those that were not the cheapest before it.
        let firsts = winners.filter { $0.place == 0 }.prefix(shape.firsts)
        let others = winners.filter { $0.place > 0 } + winners.filter { $0.place == 0 }.dropFirst(shape.firsts)
        return Array(firsts) + others.sorted { $0.score(1) < $1.score(1) }.prefix(shape.width - firsts.count)
    }
}

/// How wide a beam is.
struct BeamShape {
    /// States that are kept at most.
    let width: Int
    /// Of these, so many are the best ones of their numbers, where there are as many.
    var firsts: Int { width * 3 / 4 }
    /// Of each number of workers.
    let perNumber: Int
    /// Changes of the number that are tried.
    let offsets: [Int]
    /// Prices of what waits for the places of a number, as multiples of its own.
    let weights = [1.0, 9, 1, 3]

    /// Two sets of states, a farm with all its workers, and one to try things with.
    var slots: Int { 2 * width + 2 }

    /// - Parameters:
    ///   - budget: windows that may be played a step.
    ///   - numbers: numbers of workers that there are.
    ///   - reach: the largest change that an action makes.
    init(budget: Int, numbers: Int, reach: Int) {
        let reach = min(max(reach, 1), max(numbers - 1, 1))
        var offsets = Array(-reach...reach)
        if budget < numbers * BeamShape.tried(offsets, numbers) {
            // Small changes one by one, large ones in growing steps.
            var sizes: [Int] = [0]
            while let last = sizes.last, last < reach { sizes.append(min(last + max(1, last / 2), reach)) }
            offsets = Set(sizes.flatMap { [$0, -$0] }).sorted()
        }
        self.offsets = offsets
        let tried = BeamShape.tried(offsets, numbers)
        // Where backlogs cannot be avoided, one state of a number is not enough, even if not all numbers have room then.
        perNumber = min(max(budget / (numbers * tried), 2), 8)
        width = max(1, min(numbers * perNumber, budget / tried))
    }

    /// Numbers that are tried from a number on average, where changes beyond the bounds come to the same.
    private static func tried(_ offsets: [Int], _ numbers: Int) -> Int {
        let all = (0..<numbers).reduce(0) { sum, number in
            sum + Set(offsets.map { min(max(number + $0, 0), numbers - 1) }).count
        }
        return max(1, (all + numbers - 1) / max(numbers, 1))
    }
}
