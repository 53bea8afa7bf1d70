import Farm

/// Waiting tasks, oldest first by generation, among them those that wait out a back-off.
struct TaskQueue {
    private var ready = Heap<Int>()
    private var delayed = Heap<DelayedIndex>()

    private struct DelayedIndex: Comparable {
        let due: Double
        let index: Int

        static func < (left: DelayedIndex, right: DelayedIndex) -> Bool {
            (left.due, left.index) < (right.due, right.index)
        }
    }

    /// All that wait, delayed ones included.
    var count: Int { ready.count + delayed.count }

    /// The earliest end of a back-off.
    var nextDue: Double? { delayed.first?.due }

    mutating func insert(_ index: Int) {
        ready.insert(index)
    }

    /// Lets the task rejoin in generation order at `due`.
    mutating func insert(_ index: Int, at due: Double) {
        delayed.insert(DelayedIndex(due: due, index: index))
    }

    /// The oldest task whose back-off, if any, is over at `now`.
    mutating func popFirst(at now: Double) -> Int? {
        while let first = delayed.first, first.due <= now {
            delayed.popFirst()
            ready.insert(first.index)
        }
        return ready.popFirst()
    }
}

/// A binary min-heap.
struct Heap<Element: Comparable> {
    private var elements: [Element] = []

    var count: Int { elements.count }
    var first: Element? { elements.first }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0, case let parent = (child - 1) / 2, elements[child] < elements[parent] {
            elements.swapAt(child, parent)
            child = parent
        }
    }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        elements[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < elements.count && elements[child] < elements[smallest] {
                smallest = child
            }
            guard smallest != parent else { return first }
            elements.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
