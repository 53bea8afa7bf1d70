import EnvironmentProtocol
import Foundation
import Testing

@testable import EnvironmentServer

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
        tombstones.add("closed", closed: .init(requestID: 4, reply: .init(), bytes: Data([1])))
        tombstones.add("expired", closed: nil)
        #expect(tombstones.closed("closed")?.bytes == Data([1]))
        #expect(tombstones.closed("expired") == nil)
        #expect(tombstones.contains("expired"))
        #expect(!tombstones.contains("unknown"))
    }
}
