import Foundation
import Testing

@testable import ZeroMQ

@Suite("Keys in files")
struct KeyFilesTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID())").path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    @Test("A pair is written for its owner only, read again, and never replaced")
    func pairs() throws {
        let key = try CurveSecretKey.generate()
        try KeyFiles.write(key, named: "client", in: folder)
        #expect(try KeyFiles.secretKey(at: folder + "/client.key").text == key.text)
        #expect(try KeyFiles.publicKey(at: folder + "/client.pub") == key.publicKey)
        #expect(!KeyFiles.isExposed(folder + "/client.key"))
        let error = #expect(throws: KeyFiles.Failure.self) {
            try KeyFiles.write(.generate(), named: "client", in: folder)
        }
        #expect(error?.description.contains("it is kept") == true)
    }

    @Test("Clients' keys come from a list with remarks, or from a folder's *.pub; what is none is told with its line")
    func clients() throws {
        let keys = try (0..<3).map { _ in try CurveSecretKey.generate().publicKey }
        try "\(keys[0].text) Ada\n\n\(keys[1].text)\n".write(
            toFile: folder + "/a.pub", atomically: true, encoding: .utf8)
        try keys[2].text.write(toFile: folder + "/b.pub", atomically: true, encoding: .utf8)
        #expect(try KeyFiles.publicKeys(at: folder + "/a.pub") == Set(keys[..<2]))
        #expect(try KeyFiles.publicKeys(at: folder) == Set(keys))
        try "\(keys[0].text)\nno key\n".write(toFile: folder + "/c", atomically: true, encoding: .utf8)
        let bad = #expect(throws: KeyFiles.Failure.self) { try KeyFiles.publicKeys(at: folder + "/c") }
        #expect(bad?.description.contains("line 2") == true)
        for path in [folder + "/none", folder + "/empty"] {
            if path.hasSuffix("empty") { try Data().write(to: URL(fileURLWithPath: path)) }
            #expect(throws: KeyFiles.Failure.self) { try KeyFiles.publicKeys(at: path) }
        }
    }
}
