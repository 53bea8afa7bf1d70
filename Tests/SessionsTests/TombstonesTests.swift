import Foundation
import Testing

@testable import Sessions

struct TombstonesTests {
    @Test("The newest sessions are remembered, and only so many")
    func bounded() {
        var tombstones = Tombstones(capacity: 3)
        for index in 0..<20 { tombstones.add("session-\(index)", closed: nil) }
        let remembered = (0..<20).filter { tombstones.contains("session-\($0)") }
        #expect(remembered == [17, 18, 19])
    }

    @Test("A closed session keeps its reply, an expired one has none")
    func replies() {
        var tombstones = Tombstones()
        tombstones.add("closed", closed: Tombstones.Closed(requestID: 4, steps: 2, episodes: 1))
        tombstones.keep(Data([1]), of: "closed")
        tombstones.add("expired", closed: nil)
        tombstones.keep(Data([1]), of: "expired")
        #expect(tombstones.closed("closed")?.reply == Data([1]))
        #expect(tombstones.closed("expired") == nil)
        #expect(tombstones.contains("expired"))
        #expect(!tombstones.contains("unknown"))
    }
}
