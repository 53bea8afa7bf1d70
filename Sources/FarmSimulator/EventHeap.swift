/// What happens at a time.
struct Event {
    enum Kind: UInt8 {
        /// A worker's attempt ends.
        case finish
        /// A worker can take tasks.
        case ready
        /// A stopped worker is gone.
        case gone
        /// A parked result is collected.
        case collect
        /// A parked task goes back to the queue.
        case rejoin
        /// An idle worker's time is over, unless it has worked since.
        case expire
        /// An attempt is given up, while its worker stays occupied.
        case giveUp
    }

    let time: Double
    /// Worker or place among the parked.
    let slot: UInt32
    /// The worker's life that it belongs to; one of an earlier life no longer counts.
    let life: UInt16
    let kind: Kind
}

/// Events by time, in a binary heap. Equal histories give equal orders, also of equal times.
struct EventHeap: ~Copyable {
    private var storage: UnsafeMutablePointer<Event>
    private var capacity = 64
    private(set) var count = 0

    init() {
        storage = .allocate(capacity: capacity)
    }

    deinit {
        storage.deallocate()
    }

    /// Infinity when there is none.
    @inline(__always)
    var nextTime: Double { count > 0 ? storage[0].time : .infinity }

    /// The earliest; there is one.
    @inline(__always)
    var first: Event { storage[0] }

    mutating func removeAll() { count = 0 }

    mutating func takeOver(_ other: borrowing EventHeap) {
        while capacity < other.count { grow() }
        count = other.count
        storage.update(from: other.storage, count: count)
    }

    @inline(__always)
    mutating func push(_ event: Event) {
        if count == capacity { grow() }
        var hole = count
        count += 1
        while hole > 0 {
            let parent = (hole - 1) >> 1
            if storage[parent].time <= event.time { break }
            storage[hole] = storage[parent]
            hole = parent
        }
        storage[hole] = event
    }

    /// Drops the earliest; there is one.
    @inline(__always)
    mutating func removeFirst() {
        count -= 1
        if count > 0 { settle(storage[count]) }
    }

    /// Puts `event` in the place of the earliest; there is one.
    @inline(__always)
    mutating func replaceFirst(with event: Event) { settle(event) }

    @inline(__always)
    private mutating func settle(_ event: Event) {
        var hole = 0
        var child = 1
        while child < count {
            if child + 1 < count, storage[child + 1].time < storage[child].time { child += 1 }
            if storage[child].time >= event.time { break }
            storage[hole] = storage[child]
            hole = child
            child = 2 * hole + 1
        }
        storage[hole] = event
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Event>.allocate(capacity: 2 * capacity)
        larger.moveInitialize(from: storage, count: count)
        storage.deallocate()
        storage = larger
        capacity *= 2
    }
}
