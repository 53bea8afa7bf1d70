/// A task that has not ended. Times are scenario seconds.
struct OpenTask {
    var generated: Double
    /// The absolute deadline.
    var deadline: Double
    /// Of the work, on a worker of usual speed.
    var service: Double
    /// Position in generation order.
    var index: UInt32
    /// Attempts that have begun.
    var attempts: UInt32
}

/// Waiting tasks in generation order: a ring for those that have not been tried, and beside it a heap for those that came
/// back.
struct TaskQueue: ~Copyable {
    private var ring: UnsafeMutablePointer<OpenTask>
    private var mask = 255
    private var head = 0
    private var tail = 0
    private var returned: [OpenTask] = []

    init() {
        ring = .allocate(capacity: mask + 1)
    }

    deinit {
        ring.deallocate()
    }

    @inline(__always)
    var count: Int { tail - head + returned.count }

    @inline(__always)
    var isEmpty: Bool { head == tail && returned.isEmpty }

    mutating func removeAll() {
        head = 0
        tail = 0
        returned.removeAll(keepingCapacity: true)
    }

    mutating func takeOver(_ other: borrowing TaskQueue) {
        while mask < other.mask { grow() }
        (head, tail, returned) = (other.head, other.tail, other.returned)
        for index in head..<tail { ring[index & mask] = other.ring[index & other.mask] }
    }

    /// Adds a new task, the last in generation order.
    @inline(__always)
    mutating func append(_ task: OpenTask) {
        if tail - head > mask { grow() }
        ring[tail & mask] = task
        tail += 1
    }

    /// Puts a task back.
    mutating func putBack(_ task: OpenTask) {
        returned.append(task)
        var hole = returned.count - 1
        while hole > 0, returned[(hole - 1) / 2].index > task.index {
            returned[hole] = returned[(hole - 1) / 2]
            hole = (hole - 1) / 2
        }
        returned[hole] = task
    }

    /// Takes the first in generation order; there is one.
    @inline(__always)
    mutating func removeFirst() -> OpenTask {
        if !returned.isEmpty, head == tail || returned[0].index < ring[head & mask].index { return removeReturned() }
        let task = ring[head & mask]
        head += 1
        return task
    }

    /// When the first in generation order was generated; infinity when none waits.
    var oldest: Double {
        let fresh = head == tail ? Double.infinity : ring[head & mask].generated
        return min(fresh, returned.first?.generated ?? .infinity)
    }

    /// Waiting tasks whose deadline lies in `window`, given that no deadline is later than `longest` after its generation.
    func deadlines(in window: Range<Double>, longest: Double) -> Int {
        var count = returned.count { window.contains($0.deadline) }
        // A little earlier, since the sum of a generation and a relative deadline is rounded.
        let earliest = window.lowerBound - longest * 1.000_001
        var index = tail
        while index > head {
            index -= 1
            let task = ring[index & mask]
            if task.generated < earliest { break }
            if task.deadline >= window.lowerBound, task.deadline < window.upperBound { count += 1 }
        }
        return count
    }

    /// All waiting tasks, in no order.
    func forEach(_ body: (OpenTask) -> Void) {
        for index in head..<tail { body(ring[index & mask]) }
        returned.forEach(body)
    }

    private mutating func removeReturned() -> OpenTask {
        let first = returned[0]
        let last = returned.removeLast()
        guard !returned.isEmpty else { return first }
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < returned.count else { break }
            if child + 1 < returned.count, returned[child + 1].index < returned[child].index { child += 1 }
            if returned[child].index >= last.index { break }
            returned[hole] = returned[child]
            hole = child
        }
        returned[hole] = last
        return first
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<OpenTask>.allocate(capacity: 2 * (mask + 1))
        for index in head..<tail { larger[index & (2 * mask + 1)] = ring[index & mask] }
        ring.deallocate()
        ring = larger
        mask = 2 * mask + 1
    }
}
