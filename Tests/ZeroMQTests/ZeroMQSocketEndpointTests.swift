import Foundation
import Testing

@testable import ZeroMQ

@Suite("What libzmq lets pass and should not")
struct ZeroMQSocketEndpointTests {
    @Test("libzmq#2059: a second listener on an ipc path is refused, and the first one goes on")
    func report74_secondListener() throws {
        let pair = try Pair(.ipc)
        for _ in 0..<3 {
            let error = #expect(throws: ZeroMQError.self) {
                try ZeroMQSocket(.router, in: ZeroMQContext()).bind(pair.endpoint)
            }
            #expect(error?.number == EADDRINUSE)
        }
        let client = try pair.peer(.request)
        #expect(client.send([Data([1])]))
        #expect(try pair.router.next().last == Data([1]))
    }

    @Test("smg#2076: a file, a folder or a link at the path is not deleted by listening there")
    func report74_otherFiles() throws {
        let path = freshPath()
        let files = FileManager.default
        let content = Data("somebody's work".utf8)
        defer {
            for name in [path, path + ".link", path + ".folder"] { try? files.removeItem(atPath: name) }
        }
        try content.write(to: URL(fileURLWithPath: path))
        try files.createSymbolicLink(atPath: path + ".link", withDestinationPath: path)
        try files.createDirectory(atPath: path + ".folder", withIntermediateDirectories: false)
        for name in [path, path + ".link", path + ".folder"] {
            let error = #expect(throws: ZeroMQError.self) {
                try ZeroMQSocket(.router, in: ZeroMQContext()).bind("ipc://" + name)
            }
            #expect(error?.description.contains("is no socket") == true)
            #expect(error?.description.contains(name) == true)
        }
        #expect(files.contents(atPath: path) == content)
        #expect(try files.destinationOfSymbolicLink(atPath: path + ".link") == path)
    }

    @Test("pyzmq#269: localhost is listened on and connected to")
    func report75_localhost() throws {
        let context = try ZeroMQContext()
        let router = try ZeroMQSocket(.router, in: context)
        let endpoint = try router.bind("tcp://localhost:0")
        let client = try ZeroMQSocket(.request, in: context)
        try client.connect(endpoint.replacing("127.0.0.1", with: "localhost"))
        #expect(client.send([Data([1])]))
        #expect(try router.next().last == Data([1]))
    }

    @Test(
        "A port that libzmq would take for another one is refused, for listening and for connecting",
        arguments: ["5555x", "71091", "0x15b3", "", "port", "5 555", "99999999999999999999"])
    func loosePorts(port: String) throws {
        let socket = try ZeroMQSocket(.request, in: try ZeroMQContext())
        for open in [{ _ = try socket.bind($0) }, { try socket.connect($0) }] as [(String) throws -> Void] {
            let error = #expect(throws: ZeroMQError.self) { try open("tcp://127.0.0.1:\(port)") }
            #expect(error?.description.contains("expected a number up to 65535") == true)
        }
    }

    @Test(
        "An IPv6 address without brackets is told how it is written, listening and connecting",
        arguments: [
            ("tcp://::1:5555", "tcp://[::1]:5555"), ("tcp://fe80::1:80", "tcp://[fe80::1]:80"),
            ("tcp://::1", "tcp://[::1]:5555"), ("tcp://a:b:5555", "tcp://[::1]:5555"),
        ])
    func withoutBrackets(endpoint: String, meant: String) throws {
        let socket = try ZeroMQSocket(.router, in: try ZeroMQContext())
        for act in [{ try socket.connect(endpoint) }, { _ = try socket.bind(endpoint) }] {
            let error = #expect(throws: ZeroMQError.self) { try act() }
            #expect(error?.description.contains("stands in brackets: \(meant)") == true)
        }
    }

    @Test("IPv6 is for addresses in brackets; a name that has an IPv4 address does without")
    func needsIPv6() {
        #expect(ZeroMQEndpoint.needsIPv6("tcp://[::1]:5555"))
        for endpoint in ["tcp://127.0.0.1:1", "tcp://no.such.name.invalid:1", "ipc:///tmp/[x]", "inproc://[x]"] {
            #expect(!ZeroMQEndpoint.needsIPv6(endpoint), "\(endpoint)")
        }
    }

    @Test(
        "pyzmq#450: connecting to what is for listening says which form to use",
        arguments: ["tcp://*:5555", "tcp://127.0.0.1:0", "tcp://127.0.0.1:*", "tcp://*:*"])
    func report75_listeningForms(endpoint: String) throws {
        let client = try ZeroMQSocket(.request, in: try ZeroMQContext())
        let error = #expect(throws: ZeroMQError.self) { try client.connect(endpoint) }
        #expect(error?.description.contains(endpoint) == true)
        #expect(error?.description.contains("is for listening") == true)
        #expect(error?.description.contains("tcp://127.0.0.1:5555") == true)
    }
}
