import Foundation
import SystemErrors
import Testing

@Suite("The system's failures in words")
struct SystemFailureTests {
    /// What an act on a file fails with.
    private func failure(_ act: () throws -> Void) throws -> any Error {
        do {
            try act()
        } catch {
            return error
        }
        throw CocoaError(.userCancelled)
    }

    private func expectWords(_ error: any Error, _ word: String, path: String?) {
        let reason = SystemFailure.reason(error)
        #expect(reason.contains(word), "\(reason)")
        for raw in ["Domain", "UserInfo", "errno", "could not be completed", "descriptor"] {
            #expect(!reason.contains(raw), "\(reason)")
        }
        if let path { #expect(SystemFailure.sentence(error) == "\(path): \(reason)") }
    }

    @Test("Files that are missing, folders, and what may not be written")
    func files() throws {
        let folder = NSTemporaryDirectory() + "failures-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let missing = folder + "/missing/file"
        expectWords(
            try failure { _ = try Data(contentsOf: URL(fileURLWithPath: missing)) }, "no such file", path: missing)
        expectWords(
            try failure { try Data().write(to: URL(fileURLWithPath: missing)) }, "no such file", path: missing)
        expectWords(
            try failure { _ = try Data(contentsOf: URL(fileURLWithPath: folder)) }, "folder", path: folder)
        expectWords(
            try failure { try Data([1]).write(to: URL(fileURLWithPath: folder)) }, "folder", path: folder)
        expectWords(
            try failure {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            }, "is there already", path: folder)
        let binary = folder + "/binary"
        try Data([0xff, 0xfe, 0x00, 0xd8]).write(to: URL(fileURLWithPath: binary))
        expectWords(try failure { _ = try String(contentsOfFile: binary, encoding: .utf8) }, "UTF-8", path: nil)
    }

    private struct Form: Decodable { var size: Int }

    @Test(
        "JSON that is not as expected",
        arguments: [
            ("{", "no JSON"), ("{}", "\"size\" is missing"), (#"{"size": "a"}"#, "\"size\" is of another type"),
        ])
    func json(text: String, words: String) throws {
        let error = try failure { _ = try JSONDecoder().decode(Form.self, from: Data(text.utf8)) }
        #expect(SystemFailure.reason(error).contains(words), "\(SystemFailure.reason(error))")
    }

    private struct Listening: Error, CustomStringConvertible {
        let description = "bind(descriptor:ptr:bytes:): Address already in use) (errno: 98)"
    }

    @Test("NIO's errors lose the names of functions; others keep their own words")
    func others() {
        expectWords(POSIXError(.EACCES), "this user may not", path: nil)
        #if os(Linux)
            expectWords(Listening(), "another program listens there", path: nil)
        #endif
        #expect(SystemFailure.sentence(CancellationError()) == nil)
    }
}
