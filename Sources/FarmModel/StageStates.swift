public import Farm

/// States of a stage of a farm, side by side in one buffer: what a search or a forecast copies and plays by the million.
///
///     var states = StageStates(scenario.stages.first, count: 2)
///     states.begin(0)                                        // as an episode begins
///     states.copy(0, to: 1)                                  // no allocation
///     states.ask(1, for: 14, delays: &delays)
///     let outcome = states.play(1, tape, until: 8)           // a window, with 14 workers asked for
///
/// A state is the time, when each worker is free, and the next task of a tape: waiting tasks are those of the tape that have
/// arrived and that no worker has begun. Tasks are served in their order, by whichever worker is free first; nothing fails, and
/// nothing takes time beside work and start-ups. For such farms (``Scenario/isModelled``) it does what a simulated farm does,
/// task by task.
///
/// A state takes 12 bytes a worker and ``headerBytes``. Slots are numbers from 0 to ``count`` - 1.
public struct StageStates: Sendable {
    /// A state but for its workers.
    struct Header: Sendable {
        var now = 0.0
        /// The first task of the tape that no worker has begun.
        var next = 0
        /// The first task of the tape that has not arrived.
        var arrived = 0
        /// Workers that are paid for.
        var alive = 0
        /// So many of the busy ones end instead of taking another task: the first to finish.
        var retiring = 0
        var desired = 0
        /// Workers asked for so far, beyond the first ones.
        var starts = 0
    }

    public let bounds: WorkerBounds
    public let count: Int
    /// Workers there is room for in a slot.
    private(set) var stride: Int
    var headers: ContiguousArray<Header>
    /// When workers are free, earliest first.
    var free: ContiguousArray<Double>
    /// What they do until then: a task's place on the tape, or one of ``Mark``.
    var marks: ContiguousArray<UInt32>

    /// Memory of a state beside 12 bytes a worker.
    public static var headerBytes: Int { MemoryLayout<Header>.stride }

    /// What a worker does, where it is no task's place on the tape.
    enum Mark {
        /// A task that is not on the tape.
        static let unknown: UInt32 = 0x7FFF_FFFF
        /// It starts, or has not had a task since; a starting one's with the order in which workers were asked for.
        static let started: UInt32 = 0x8000_0000

        @inline(__always)
        static func isTask(_ mark: UInt32) -> Bool { mark < unknown }

        @inline(__always)
        static func isStarted(_ mark: UInt32) -> Bool { mark >= started }
    }

    /// - Parameter count: slots, one at least.
    public init(bounds: WorkerBounds, count: Int) {
        self.bounds = bounds
        self.count = max(count, 1)
        // Room for workers that drain while others start.
        stride = 2 * min(max(bounds.max, 0), 1 << 20) + 16
        headers = ContiguousArray(repeating: Header(), count: self.count)
        free = ContiguousArray(repeating: 0, count: self.count * stride)
        marks = ContiguousArray(repeating: Mark.unknown, count: self.count * stride)
    }

    /// Of an episode of a scenario's stage.
    public init(_ stage: Stage, count: Int) { self.init(bounds: stage.workers, count: count) }

    /// An episode's beginning: so many idle workers, no task.
    ///
    /// - Parameter workers: nil for the scenario's initial number.
    public mutating func begin(_ slot: Int, workers: Int? = nil) {
        let workers = bounds.clamp(workers ?? bounds.initial)
        reserve(workers)
        headers[slot] = Header(alive: workers, desired: workers)
        for index in 0..<workers {
            free[slot * stride + index] = -.infinity
            marks[slot * stride + index] = Mark.started
        }
    }

    /// What is known of a stage by who operates it; times are scenario seconds.
    public struct Snapshot: Sendable, Hashable {
        public var now = 0.0
        /// Tasks of the tape that wait: its first ones, whose arrival is before `now`.
        public var waiting = 0
        /// When the workers that run a task are going to be free, in any order.
        public var busyUntil: [Double] = []
        /// Workers that could take a task at once.
        public var idle = 0
        /// When the workers that start can take a task, in the order in which they were asked for.
        public var readyAt: [Double] = []
        /// So many of the busy workers end after their task.
        public var draining = 0

        public init() {}
    }

    /// A state of what somebody sees. Tasks under way are not on the tape, and are not counted when they end.
    public mutating func set(_ slot: Int, to snapshot: Snapshot) {
        let alive = snapshot.busyUntil.count + max(snapshot.idle, 0) + snapshot.readyAt.count
        reserve(alive)
        var workers: [(free: Double, mark: UInt32)] = []
        workers.reserveCapacity(alive)
        for _ in 0..<max(snapshot.idle, 0) { workers.append((-.infinity, Mark.started)) }
        for time in snapshot.busyUntil { workers.append((max(time, snapshot.now), Mark.unknown)) }
        for (index, time) in snapshot.readyAt.enumerated() {
            workers.append((max(time, snapshot.now), Mark.started | UInt32(truncatingIfNeeded: index)))
        }
        workers.sort { $0.free < $1.free }
        let draining = min(max(snapshot.draining, 0), snapshot.busyUntil.count)
        headers[slot] = Header(
            now: snapshot.now, next: 0, arrived: max(snapshot.waiting, 0), alive: alive, retiring: draining,
            desired: alive - draining, starts: snapshot.readyAt.count)
        for (index, worker) in workers.enumerated() {
            free[slot * stride + index] = worker.free
            marks[slot * stride + index] = worker.mark
        }
    }

    /// Copies a state over another.
    @inline(__always)
    public mutating func copy(_ source: Int, to target: Int) {
        guard source != target else { return }
        let alive = headers[source].alive
        headers[target] = headers[source]
        let (from, to) = (source * stride, target * stride)
        free.withUnsafeMutableBufferPointer { free in
            guard let base = free.baseAddress else { return }
            (base + to).update(from: base + from, count: alive)
        }
        marks.withUnsafeMutableBufferPointer { marks in
            guard let base = marks.baseAddress else { return }
            (base + to).update(from: base + from, count: alive)
        }
    }

    /// Copies a state of another buffer over one of this.
    public mutating func copy(_ source: Int, of others: StageStates, to target: Int) {
        let alive = others.headers[source].alive
        reserve(alive)
        headers[target] = others.headers[source]
        for index in 0..<alive {
            free[target * stride + index] = others.free[source * others.stride + index]
            marks[target * stride + index] = others.marks[source * others.stride + index]
        }
    }

    /// Makes room for more than `workers` in each slot.
    mutating func reserve(_ workers: Int) {
        guard workers >= stride else { return }
        let wider = 2 * workers
        var free = ContiguousArray<Double>(repeating: 0, count: count * wider)
        var marks = ContiguousArray<UInt32>(repeating: Mark.unknown, count: count * wider)
        for slot in 0..<count {
            for index in 0..<headers[slot].alive {
                free[slot * wider + index] = self.free[slot * stride + index]
                marks[slot * wider + index] = self.marks[slot * stride + index]
            }
        }
        (self.free, self.marks, stride) = (free, marks, wider)
    }
}

extension StageStates {
    public func now(_ slot: Int) -> Double { headers[slot].now }
    /// Workers asked for.
    public func desired(_ slot: Int) -> Int { headers[slot].desired }
    /// Workers that are paid for.
    public func alive(_ slot: Int) -> Int { headers[slot].alive }
    /// Workers but for those that drain.
    public func lasting(_ slot: Int) -> Int { headers[slot].alive - headers[slot].retiring }
    /// Tasks that wait.
    public func waiting(_ slot: Int) -> Int { headers[slot].arrived - headers[slot].next }
    /// The first task of the tape that no worker has begun.
    public func nextTask(_ slot: Int) -> Int { headers[slot].next }

    /// Counts as an operator sees them.
    public func workers(_ slot: Int) -> WorkerCounts {
        let header = headers[slot]
        var counts = WorkerCounts()
        counts.starting = indices(slot).count { Mark.isStarted(marks[$0]) && free[$0] >= header.now }
        counts.draining = header.retiring
        counts.ready = header.alive - counts.starting - header.retiring
        counts.desired = header.desired
        return counts
    }

    /// Tasks that are worked on.
    public func running(_ slot: Int) -> Int {
        let now = headers[slot].now
        return indices(slot).count { !Mark.isStarted(marks[$0]) && free[$0] >= now }
    }

    private func indices(_ slot: Int) -> Range<Int> { slot * stride..<slot * stride + headers[slot].alive }
}
