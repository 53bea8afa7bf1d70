import Files
import Foundation
import Testing

@Suite("Locks of files")
struct FileLockTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).lock").path

    @Test("The second is refused and told who has it, as that was said last")
    func second() throws {
        let first = try FileLock(path, saying: "one")
        #expect(throws: FileLock.Refusal.held(by: "one")) { try FileLock(path, saying: "two") }
        first.say("one, renamed\nand more")
        #expect(throws: FileLock.Refusal.held(by: "one, renamed")) { try FileLock(path, saying: "two") }
        first.release()
    }

    @Test("It is free again when given back, or when its object goes, and leaves no file")
    func free() throws {
        let first = try FileLock(path, saying: "one")
        first.release()
        #expect(!FileManager.default.fileExists(atPath: path))
        _ = try FileLock(path, saying: "two")
        #expect(!FileManager.default.fileExists(atPath: path))
        let third = try FileLock(path, saying: "three")
        // Giving back twice takes nothing from the next.
        first.release()
        #expect(throws: FileLock.Refusal.held(by: "three")) { try FileLock(path, saying: "four") }
        third.release()
    }

    @Test("A file that a dead process left is no obstacle")
    func left() throws {
        try Data("process 1\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileLock(path, saying: "two").release()
    }

    @Test("A path that cannot be used is told by the system's number")
    func unusable() {
        #expect(throws: FileLock.Refusal.failed(ENOENT)) { try FileLock(path + "/no/folder", saying: "one") }
        #expect(throws: FileLock.Refusal.failed(EISDIR)) {
            try FileLock(FileManager.default.temporaryDirectory.path, saying: "one")
        }
    }
}
