import Foundation
import Testing

@testable import ZeroMQ

@Suite("CURVE keys")
struct CurveKeysTests {
    @Test("A drawn pair is 40 characters each, new every time, and the public half follows from the secret one")
    func generate() throws {
        let keys = try (0..<20).map { _ in try CurveSecretKey.generate() }
        #expect(Set(keys.map(\.text)).count == 20)
        for key in keys {
            #expect(key.text.utf8.count == 40)
            #expect(key.publicKey.text.utf8.count == 40)
            #expect(key.publicKey.text != key.text)
            #expect(try CurveSecretKey(key.text).publicKey == key.publicKey)
        }
    }

    @Test("The pair of ZeroMQ RFC 26 belongs together")
    func knownPair() throws {
        let key = try CurveSecretKey("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6")
        #expect(key.publicKey.text == "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7")
    }

    @Test("Thirty-two bytes and their text are one thing, any other number is no key")
    func bytes() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bytes = Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
            let key = try #require(CurvePublicKey(bytes: bytes))
            #expect(Z85.bytes(of: key.text) == bytes)
            #expect(try CurvePublicKey(key.text) == key)
        }
        for count in [0, 31, 33, 64] { #expect(CurvePublicKey(bytes: Data(count: count)) == nil) }
    }

    @Test(
        "What is no key is a typed error that does not repeat it",
        arguments: [
            "", "short", String(repeating: "a", count: 39), String(repeating: "a", count: 41),
            String(repeating: "~", count: 40), String(repeating: "a", count: 39) + "\0",
            String(repeating: "é", count: 20), String(repeating: "#", count: 40),
        ])
    func noKey(text: String) throws {
        let wrongPublic = #expect(throws: CurveKeyError.self) { try CurvePublicKey(text) }
        let wrongSecret = #expect(throws: CurveKeyError.self) { try CurveSecretKey(text) }
        for error in [wrongPublic, wrongSecret] {
            let description = try #require(error?.description)
            #expect(description.contains("40 characters of Z85"))
            #expect(description.contains("this has \(text.utf8.count)"))
            if text.count > 5 { #expect(!description.contains(text)) }
        }
    }

    @Test("A secret key prints without itself")
    func redacted() throws {
        let key = try CurveSecretKey.generate()
        var dumped = ""
        dump([key], to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped, "\([key])"] {
            #expect(!text.contains(key.text))
            #expect(text.contains(key.publicKey.text))
        }
    }
}
