import Foundation
import Testing

@testable import HTTPWorkers

@Suite("Addresses of services")
struct ServiceAddressesTests {
    @Test("A list has an address for each call that may run at a time")
    func list() throws {
        let addresses = try ServiceAddresses("http://127.0.0.1:9001, https://farm.example/work/*2")
        #expect(
            try addresses.read() == ["http://127.0.0.1:9001"] + Array(repeating: "https://farm.example/work", count: 2))
    }

    @Test(
        "What is no address is refused with what to do",
        arguments: [
            ("", "does not begin"), ("127.0.0.1:9001", "does not begin"), ("http://", "host"), ("@", "name of a file"),
            ("http://h:0", "port 0"), ("http://h:99999", "port"), ("http://h?a=b", "--task-query"),
            ("http://me:pw@h", "--task-header-file"), ("http://h*0", "1 to 1024"), ("http://h*x", "1 to 1024"),
            ("http://h,", "does not begin"), ("http://h,http://h/", "http://h*2"),
        ])
    func refused(text: String, advice: String) {
        let failure = #expect(throws: ServiceAddresses.Failure.self) { _ = try ServiceAddresses(text) }
        #expect(failure?.description.contains(advice) == true, "\(failure?.description ?? "")")
        #expect(failure?.description.contains("pw") == false)
    }

    @Test("A file has one a line, with remarks, and is read again each time")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let addresses = try ServiceAddresses("@\(path)")
        let missing = #expect(throws: ServiceAddresses.Failure.self) { _ = try addresses.read() }
        #expect(missing?.description.contains(path) == true)
        for (text, count) in [("", 0), ("# none\n\n", 0), (" http://a\n  # b\nhttp://c*3\r\n", 4)] {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try addresses.read().count == count)
        }
        try "http://a\nnonsense\n".write(toFile: path, atomically: true, encoding: .utf8)
        let failure = #expect(throws: ServiceAddresses.Failure.self) { _ = try addresses.read() }
        #expect(failure?.description.contains("\"nonsense\"") == true)
    }
}
