/// Tasks that wait for a moment of their own: a result for the collector, a failed attempt for the end of its back-off.
struct ParkedTasks: ~Copyable {
    struct Place {
        var task: OpenTask
        var isTaken: Bool
        /// A result, which counts as running; otherwise the task counts as queued.
        var isResult: Bool
    }

    private(set) var places: [Place] = []
    private var free: [UInt32] = []
    private(set) var results = 0
    private(set) var waiting = 0

    mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        free.removeAll(keepingCapacity: true)
        results = 0
        waiting = 0
    }

    mutating func takeOver(_ other: borrowing ParkedTasks) {
        (places, free, results, waiting) = (other.places, other.free, other.results, other.waiting)
    }

    /// - Returns: the place, for the event that ends the wait.
    mutating func park(_ task: OpenTask, isResult: Bool) -> UInt32 {
        if isResult { results += 1 } else { waiting += 1 }
        let place = Place(task: task, isTaken: true, isResult: isResult)
        if let slot = free.popLast() {
            places[Int(slot)] = place
            return slot
        }
        places.append(place)
        return UInt32(places.count - 1)
    }

    mutating func take(_ slot: UInt32) -> OpenTask {
        let place = places[Int(slot)]
        if place.isResult { results -= 1 } else { waiting -= 1 }
        places[Int(slot)].isTaken = false
        free.append(slot)
        return place.task
    }

    /// Parked tasks whose deadline lies in `window`.
    func deadlines(in window: Range<Double>) -> Int {
        results + waiting == 0 ? 0 : places.count { $0.isTaken && window.contains($0.task.deadline) }
    }

    /// When the oldest one that counts as queued was generated; infinity when there is none.
    var oldestWaiting: Double {
        waiting == 0
            ? .infinity : places.reduce(.infinity) { $1.isTaken && !$1.isResult ? min($0, $1.task.generated) : $0 }
    }
}
