import OpenFaaS
import Testing

@Suite("Addresses")
struct GatewayAddressTests {
    @Test(
        "what is accepted, and what becomes of it",
        arguments: [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("HTTP://host", "http://host"),
            ("https://gateway.example.com/solutions/", "https://gateway.example.com/solutions"),
            ("http://h:8080//a///b//", "http://h:8080/a/b"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://user:secret@h:8080/x/", "http://h:8080/x"),
        ])
    func accepted(_ text: String, _ url: String) throws {
        #expect(try GatewayAddress(text).url == url)
    }

    @Test(
        "what is refused",
        arguments: [
            "", "127.0.0.1:8080", "localhost", "ftp://h", "http://", "http://:8080", "http://h:port", "http://h:0",
            "http://h:65536", "http://h:", "http://h/?a=1", "http://h/#x", "http://h o/", "http://h/../x",
            "http://user@h", "http://:x@h",
            "http://h\r\nX: 1",
        ])
    func refused(_ text: String) throws {
        let error = try #require(#expect(throws: GatewayError.self) { try GatewayAddress(text) })
        #expect(error.kind == .invalidAddress)
        #expect(error.message.contains("http://127.0.0.1:8080"))
    }

    @Test("a login in the URL is taken out of it, and is printed nowhere")
    func login() throws {
        let address = try GatewayAddress("http://admin:s3cr%40t/x@h:8080/base")
        #expect(address.credentials == GatewayCredentials(username: "admin", password: "s3cr@t/x"))
        var dumped = ""
        dump(address, to: &dumped)
        for text in ["\(address)", String(reflecting: address), dumped] {
            #expect(!text.contains("s3cr"))
        }
        for text in ["ftp://admin:s3cret@h", "admin:s3cret@h:80", "http://admin:s3cret@h:port"] {
            let error = try #require(#expect(throws: GatewayError.self) { try GatewayAddress(text) })
            #expect(!error.message.contains("s3cret"))
        }
    }
}
