import Foundation
import Steering
import TestSupport
import Testing

@testable import FunctionIngress

@Suite("Calls in the file")
struct StoredCallsTests {
    private func call(_ id: String, callback: String? = nil) -> StoredCall {
        StoredCall(
            id: id, function: "work", accepted: 1_000, deadline: 5, method: "PUT", target: "/function/work/a?b",
            headers: [.init(name: "X-A", value: "1"), .init(name: "x-a", value: "2")], body: Data([0, 255, 10]),
            callback: callback)
    }

    private func open(_ path: String, repeats: Bool = true) throws -> StoredCalls {
        try StoredCalls(path: path, keptResults: 100) { _ in repeats }
    }

    @Test("a call comes back as it was accepted, and its answer as it was kept")
    func roundTrip() async throws {
        let folder = try TemporaryFolder()
        let file = try open(folder.path("calls.sqlite"))
        let number = try await file.accept(call("a"))
        guard case .waiting? = try await file.find("a") else { throw Unexpected() }
        #expect(try await file.begin(number) == call("a"))
        guard case .running? = try await file.find("a") else { throw Unexpected() }
        let answer = StoredAnswer(
            status: 404, headers: [.init(name: "X-B", value: "3")], body: Data([1, 0]), seconds: 0.5)
        try await file.end(number, answer)
        guard case .ended(answer)? = try await file.find("a") else { throw Unexpected() }
        #expect(try await file.find("b") == nil)
        await file.close()
    }

    @Test("many that come at once are all there, in the order of their numbers")
    func many() async throws {
        let folder = try TemporaryFolder()
        let file = try open(folder.path("calls.sqlite"))
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<300 { group.addTask { try await file.accept(call("\(index)")) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(numbers).count == 300)
        await file.close()
        let later = try open(folder.path("calls.sqlite"))
        #expect(later.leftovers.unfinished.map(\.number) == numbers.sorted())
        await later.close()
    }

    @Test("what ran when the program ended runs again, or is given up", arguments: [true, false])
    func recovery(repeats: Bool) async throws {
        let folder = try TemporaryFolder()
        let file = try open(folder.path("calls.sqlite"))
        let ran = try await file.accept(call("ran", callback: "http://127.0.0.1:1/"))
        let waited = try await file.accept(call("waited"))
        let over = try await file.accept(call("over", callback: "http://127.0.0.1:1/"))
        _ = try await file.begin(ran)
        _ = try await file.begin(over)
        try await file.end(over, StoredAnswer(status: 200, headers: [], body: Data(), seconds: 1))
        await file.close()
        let later = try open(folder.path("calls.sqlite"), repeats: repeats)
        let unfinished = Dictionary(uniqueKeysWithValues: later.leftovers.unfinished.map { ($0.number, $0.isOver) })
        #expect(unfinished == [ran: !repeats, waited: false, over: true])
        #expect(later.leftovers.repeated == (repeats ? ["work": 1] : [:]))
        #expect(later.leftovers.interrupted == (repeats ? [:] : ["work": 1]))
        if !repeats {
            guard case .interrupted? = try await later.find("ran") else { throw Unexpected() }
        }
        try await later.noteCallback(of: over)
        await later.close()
        let last = try open(folder.path("calls.sqlite"), repeats: repeats)
        #expect(!last.leftovers.unfinished.contains { $0.number == over })
        // The file is one program's at a time.
        #expect(throws: SteeringFailure.self) { _ = try open(folder.path("calls.sqlite")) }
        await last.close()
    }

    private struct Unexpected: Error {}
}
