/// The line before a function, as a value: who may begin, who waits, in order of arrival. Knows no clock.
///
///     var line = CallLine<String>(mostWaiting: 100)
///     line.set(places: 1)
///     print(line.enter("a", at: 0), line.enter("b", at: 1))  // begins waits(1)
///     line.leave()
///     print(line.next() ?? "nobody")  // b
struct CallLine<Waiter> {
    enum Entry: Hashable {
        case begins
        /// With the number by which it is found again.
        case waits(Int)
        /// As many wait already as may.
        case full
    }

    private struct Place {
        let number: Int
        let arrival: Double
    }

    /// How many may be in the function at once; nil: any number.
    private(set) var places: Int?
    private(set) var running = 0
    let mostWaiting: Int
    private var waiters: [Int: Waiter] = [:]
    /// In order of arrival. Some may have gone: they are dropped when they come first, or when they are the most.
    private var order: [Place] = []
    private var first = 0
    private var last = 0

    init(mostWaiting: Int) { self.mostWaiting = mostWaiting }

    var waiting: Int { waiters.count }

    /// When the one that waits longest came; nil: nobody waits.
    var oldestArrival: Double? {
        order[first...].first { waiters[$0.number] != nil }?.arrival
    }

    private var hasPlace: Bool { places.map { running < $0 } ?? true }

    /// Whoever waits may then ask for ``next()``.
    mutating func set(places: Int?) { self.places = places.map { max($0, 0) } }

    /// - Parameter isCounted: false for one that waits however many wait.
    mutating func enter(_ waiter: @autoclosure () -> Waiter, at arrival: Double, isCounted: Bool = true) -> Entry {
        if waiters.isEmpty, hasPlace {
            running += 1
            return .begins
        }
        guard waiting < mostWaiting || !isCounted else { return .full }
        last += 1
        waiters[last] = waiter()
        order.append(Place(number: last, arrival: arrival))
        return .waits(last)
    }

    /// One that began has ended.
    mutating func leave() { running = max(running - 1, 0) }

    /// One that waits does so no more; nil: it has begun, or gone before.
    mutating func withdraw(_ number: Int) -> Waiter? {
        defer { if order.count - first > 64 + 2 * waiters.count { dropGone() } }
        return waiters.removeValue(forKey: number)
    }

    /// Who begins now: the one that has waited longest; nil: there is no place, or nobody.
    mutating func next() -> Waiter? {
        guard hasPlace else { return nil }
        while first < order.count {
            let number = order[first].number
            first += 1
            if first > 64, first > order.count / 2 { dropGone() }
            guard let waiter = waiters.removeValue(forKey: number) else { continue }
            running += 1
            return waiter
        }
        return nil
    }

    /// Everybody that waits, who does so no more.
    mutating func empty() -> [Waiter] {
        let all = order[first...].compactMap { waiters[$0.number] }
        (waiters, order, first) = ([:], [], 0)
        return all
    }

    private mutating func dropGone() {
        order = order[first...].filter { waiters[$0.number] != nil }
        first = 0
    }
}
