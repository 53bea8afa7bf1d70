import TestSupport
import Testing

@testable import FarmSimulator

struct EventHeapTests {
    private func event(_ time: Double, slot: UInt32 = 0) -> Event {
        Event(time: time, slot: slot, life: 0, kind: .finish)
    }

    @Test(
        "Events come out in the order of their times, whatever is pushed, replaced and removed between",
        arguments: 0..<20)
    func order(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var heap = EventHeap()
        var sorted: [Double] = []
        for _ in 0..<3_000 {
            switch generator.whole(0...4) {
            case 0, 1, 2:
                // Many equal times among them.
                let time = Double(generator.whole(0...500)) / 4
                heap.push(event(time))
                sorted.insert(time, at: sorted.firstIndex { $0 >= time } ?? sorted.count)
            case 3 where !sorted.isEmpty:
                let time = sorted[0] + generator.number(0...50)
                heap.replaceFirst(with: event(time))
                sorted.removeFirst()
                sorted.insert(time, at: sorted.firstIndex { $0 >= time } ?? sorted.count)
            default:
                guard !sorted.isEmpty else { continue }
                let first = heap.first.time
                let expected = sorted.removeFirst()
                guard first == expected else {
                    Issue.record("\(first), expected \(expected)")
                    return
                }
                heap.removeFirst()
            }
            let next = heap.nextTime
            let count = heap.count
            #expect(next == sorted.first ?? .infinity && count == sorted.count)
        }
        while let time = sorted.first {
            let next = heap.nextTime
            #expect(next == time)
            heap.removeFirst()
            sorted.removeFirst()
        }
    }

    @Test("An event that is as early as the first does not take its place")
    func ties() {
        var heap = EventHeap()
        for slot in 0..<200 { heap.push(event(1, slot: UInt32(slot))) }
        let first = heap.first.slot
        #expect(first == 0)
    }

    @Test("Equal histories give equal orders, of equal times too; an emptied heap is as a new one")
    func determinism() {
        func history(_ heap: inout EventHeap) -> [UInt32] {
            for slot in 0..<500 { heap.push(event(Double(slot % 7), slot: UInt32(slot))) }
            var slots: [UInt32] = []
            while heap.count > 0 {
                slots.append(heap.first.slot)
                heap.removeFirst()
            }
            return slots
        }
        var one = EventHeap()
        var other = EventHeap()
        for _ in 0..<99 { other.push(event(3)) }
        other.removeAll()
        let empty = other.nextTime
        #expect(empty == .infinity)
        let first = history(&one)
        let second = history(&other)
        #expect(first == second && Set(first).count == 500)
    }
}
