import Files
import Foundation
import Testing

@Suite("Files that are written at the end")
struct OutputFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "output-\(UUID())").path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    @Test("What is in the way is said before any work is done, and nothing is left")
    func refusals() throws {
        for (path, reason) in [("", "is empty"), (folder, "is a folder"), (folder + "/none/x", "there is no folder")] {
            let error = #expect(throws: OutputFile.Refusal.self) { try OutputFile(path, of: "--out") }
            #expect(error?.description.hasPrefix("--out") == true && error?.description.contains(reason) == true)
        }
        _ = try OutputFile(folder + "/x", of: "--out")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test("A file is replaced, and a pipe written into")
    func written() throws {
        let path = folder + "/x"
        try "old".write(toFile: path, atomically: true, encoding: .utf8)
        let output = try OutputFile(path, of: "--out")
        try output.write("new")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        try OutputFile("/dev/null", of: "--out").write("nothing")
        #expect(
            try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType != .typeRegular)
    }

    @Test("What cannot be written where it was to go is elsewhere, under a name that is told")
    func elsewhere() throws {
        let inner = folder + "/inner"
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        let output = try OutputFile(inner + "/agent", of: "--out")
        try FileManager.default.removeItem(atPath: inner)
        let error = try #require(throws: OutputFile.Elsewhere.self) { try output.write("learnt") }
        defer { try? FileManager.default.removeItem(atPath: error.other) }
        #expect(try String(contentsOfFile: error.other, encoding: .utf8) == "learnt")
        #expect("\(error)".contains("there is no folder \(inner) any more"))
    }
}
