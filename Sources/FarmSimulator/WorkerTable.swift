/// The workers, each in a slot of its own.
struct WorkerTable: ~Copyable {
    struct Worker {
        /// The last task it began.
        var task = OpenTask(generated: 0, deadline: 0, service: 0, index: 0, attempts: 0)
        var begunAt = 0.0
        /// What service times are multiplied by.
        var speed = 1.0
        /// Position in the order in which workers were made.
        var number: UInt32 = 0
        /// Counts the workers that the slot has had.
        var life: UInt16 = 0
        var isFailing = false
        /// Its attempt has been given up; it is occupied until it would have answered.
        var isGivenUp = false
        var state = State.none
    }

    enum State: UInt8 {
        case none, starting, idle, busy
    }

    private var storage: UnsafeMutablePointer<Worker>
    private var capacity = 32
    private var made: UInt32 = 0
    /// Slots in use so far.
    private(set) var count = 0
    private var free: [UInt32] = []
    private var idleSlots: UnsafeMutablePointer<UInt32>
    private(set) var idleCount = 0
    /// Slots of starting workers, the youngest last.
    private var startingSlots: [UInt32] = []

    init() {
        storage = .allocate(capacity: capacity)
        idleSlots = .allocate(capacity: capacity)
    }

    deinit {
        storage.deallocate()
        idleSlots.deallocate()
    }

    subscript(slot: UInt32) -> Worker {
        @inline(__always) unsafeAddress { UnsafePointer(storage + Int(slot)) }
        @inline(__always) unsafeMutableAddress { storage + Int(slot) }
    }

    mutating func removeAll() {
        count = 0
        made = 0
        idleCount = 0
        free.removeAll(keepingCapacity: true)
        startingSlots.removeAll(keepingCapacity: true)
    }

    mutating func takeOver(_ other: borrowing WorkerTable) {
        while capacity < other.count { grow() }
        // Slots beyond those that were in use are initialised, as far as there are any.
        storage.initialize(from: other.storage, count: other.count)
        idleSlots.update(from: other.idleSlots, count: other.idleCount)
        (count, made, idleCount) = (other.count, other.made, other.idleCount)
        (free, startingSlots) = (other.free, other.startingSlots)
    }

    /// - Returns: the slot of a new worker, which is in no state yet.
    mutating func add() -> UInt32 {
        var worker = Worker()
        worker.number = made
        made &+= 1
        if let slot = free.popLast() {
            worker.life = storage[Int(slot)].life
            storage[Int(slot)] = worker
            return slot
        }
        if count == capacity { grow() }
        (storage + count).initialize(to: worker)
        count += 1
        return UInt32(count - 1)
    }

    /// Frees the slot of a worker that is neither idle nor starting; its events no longer count.
    mutating func remove(_ slot: UInt32) {
        storage[Int(slot)].life &+= 1
        storage[Int(slot)].state = .none
        free.append(slot)
    }

    @inline(__always)
    mutating func setIdle(_ slot: UInt32) {
        storage[Int(slot)].state = .idle
        idleSlots[idleCount] = slot
        idleCount += 1
    }

    /// Takes the worker that became idle last.
    @inline(__always)
    mutating func popIdle() -> UInt32? {
        guard idleCount > 0 else { return nil }
        idleCount -= 1
        let slot = idleSlots[idleCount]
        storage[Int(slot)].state = .busy
        return slot
    }

    /// Takes the idle worker that was made last.
    mutating func popYoungestIdle() -> UInt32? {
        var youngest: UInt32?
        for index in 0..<idleCount {
            let slot = idleSlots[index]
            if let known = youngest, storage[Int(known)].number > storage[Int(slot)].number { continue }
            youngest = slot
        }
        if let youngest { takeIdle(youngest) }
        return youngest
    }

    /// Takes a certain idle worker.
    mutating func takeIdle(_ slot: UInt32) {
        guard let index = (0..<idleCount).first(where: { idleSlots[$0] == slot }) else { return }
        idleCount -= 1
        idleSlots[index] = idleSlots[idleCount]
        storage[Int(slot)].state = .busy
    }

    mutating func setStarting(_ slot: UInt32) {
        storage[Int(slot)].state = .starting
        startingSlots.append(slot)
    }

    mutating func endStarting(_ slot: UInt32) {
        startingSlots.removeAll { $0 == slot }
    }

    /// The starting worker that was asked for last.
    mutating func popStarting() -> UInt32? { startingSlots.popLast() }

    /// The first slot from `start` on, cyclically, whose worker is busy.
    func busySlot(from start: Int) -> UInt32? {
        for offset in 0..<count {
            let slot = (start + offset) % count
            if storage[slot].state == .busy { return UInt32(slot) }
        }
        return nil
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Worker>.allocate(capacity: 2 * capacity)
        larger.moveInitialize(from: storage, count: count)
        storage.deallocate()
        storage = larger
        let moreSlots = UnsafeMutablePointer<UInt32>.allocate(capacity: 2 * capacity)
        moreSlots.moveInitialize(from: idleSlots, count: idleCount)
        idleSlots.deallocate()
        idleSlots = moreSlots
        capacity *= 2
    }
}
