import TestSupport
import Testing

@testable import FarmSimulator

struct TaskQueueTests {
    private func task(_ index: Int, deadline: Double = 2) -> OpenTask {
        OpenTask(
            generated: Double(index) / 8, deadline: Double(index) / 8 + deadline, service: 1, index: UInt32(index),
            attempts: 0)
    }

    @Test("Tasks come out in generation order, new ones and those put back", arguments: 0..<30)
    func order(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var queue = TaskQueue()
        var waiting: [OpenTask] = []
        var out: [OpenTask] = []
        var next = 0
        for _ in 0..<4_000 {
            switch generator.whole(0...5) {
            case 0, 1, 2:
                let fresh = task(next, deadline: generator.number(0...5))
                queue.append(fresh)
                waiting.append(fresh)
                next += 1
            case 3 where !out.isEmpty:
                let back = out.remove(at: generator.whole(0...out.count - 1))
                queue.putBack(back)
                waiting.insert(back, at: waiting.firstIndex { $0.index > back.index } ?? waiting.count)
            default:
                guard !waiting.isEmpty else { continue }
                let got = queue.removeFirst()
                let expected = waiting.removeFirst()
                #expect(got.index == expected.index)
                out.append(got)
            }
            let count = queue.count
            let isEmpty = queue.isEmpty
            let oldest = queue.oldest
            #expect(count == waiting.count && isEmpty == waiting.isEmpty)
            #expect(oldest == waiting.first?.generated ?? .infinity)
            if next % 50 == 0 {
                let from = generator.number(0...Double(next) / 8)
                let window = from..<from + generator.number(0...4)
                let overdue = queue.deadlines(in: window, longest: 5)
                #expect(overdue == waiting.count { window.contains($0.deadline) })
            }
        }
        var all: [UInt32] = []
        queue.forEach { all.append($0.index) }
        #expect(all.sorted() == waiting.map(\.index))
        queue.removeAll()
        let isEmpty = queue.isEmpty
        #expect(isEmpty)
    }

    @Test("A deadline on the window's edge belongs to the window that begins there, however the sum was rounded")
    func edges() {
        for tenths in 1...200 {
            for relative in [0.1, 0.3, 0.7, 0.9, 1.1] {
                let generated = Double(tenths) / 10
                let deadline = generated + relative
                var queue = TaskQueue()
                queue.append(OpenTask(generated: generated, deadline: deadline, service: 1, index: 0, attempts: 0))
                let longest = deadline - generated
                let before = queue.deadlines(in: deadline - 1..<deadline, longest: longest)
                let after = queue.deadlines(in: deadline..<deadline + 1, longest: longest)
                #expect(before == 0 && after == 1, "\(generated) and \(relative)")
            }
        }
    }
}
