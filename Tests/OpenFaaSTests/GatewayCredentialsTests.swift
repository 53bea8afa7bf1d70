import Foundation
import OpenFaaS
import Testing

@Suite("Logins")
struct GatewayCredentialsTests {
    private func credentials(from bytes: [UInt8]) throws -> GatewayCredentials {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try GatewayCredentials(passwordFile: file.path)
    }

    @Test(
        "faas-netes#271: the line end of a password file is no part of the password",
        arguments: ["s3cret", "s3cret\n", "s3cret\r\n", "s3cret\n\n"])
    func report50_lineEndIsTrimmed(_ text: String) throws {
        let credentials = try credentials(from: Array(text.utf8))
        #expect(credentials.password == "s3cret")
        #expect(credentials.username == "admin")
    }

    @Test("white space inside and in front belongs to the password")
    func otherSpaceStays() throws {
        #expect(try credentials(from: Array(" a b \n".utf8)).password == " a b ")
    }

    @Test(
        "faas-netes#271: an empty password is an error", arguments: [[], [10], [13, 10], [0xFF, 0xFE]] as [[UInt8]])
    func report50_emptyPassword(_ bytes: [UInt8]) throws {
        let error = try #require(#expect(throws: GatewayError.self) { try credentials(from: bytes) })
        #expect(error.kind == .invalidCredentials)
    }

    @Test("a missing file is named")
    func missingFile() throws {
        let error = try #require(
            #expect(throws: GatewayError.self) { try GatewayCredentials(passwordFile: "/nowhere/password") })
        #expect(error.kind == .invalidCredentials)
        #expect(error.message.contains("/nowhere/password"))
    }

    @Test("a user name with a colon would be read as another one")
    func colon() throws {
        #expect(throws: GatewayError.self) { try GatewayCredentials(username: "a:b", passwordFile: "/dev/null") }
    }

    @Test("faas-netes#271: the password is printed nowhere")
    func report50_secretIsNotPrinted() {
        let credentials = GatewayCredentials(username: "admin", password: "s3cret")
        var dumped = ""
        dump([credentials], to: &dumped)
        for text in ["\(credentials)", "\(Optional(credentials) as Any)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("s3cret"))
            #expect(text.contains("admin"))
        }
    }
}
