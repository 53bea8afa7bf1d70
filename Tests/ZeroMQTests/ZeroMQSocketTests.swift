import Foundation
import TestSupport
import Testing

@testable import ZeroMQ

@Suite("Sockets")
struct ZeroMQSocketTests {
    @Test(
        "Binding to port 0 gives the real endpoint",
        arguments: ["tcp://127.0.0.1:0", "tcp://localhost:0", "tcp://127.0.0.1:*"])
    func realEndpoint(requested: String) throws {
        let router = try ZeroMQSocket(.router, in: try ZeroMQContext())
        let endpoint = try router.bind(requested)
        let port = try #require(endpoint.wholeMatch(of: /tcp:\/\/127\.0\.0\.1:([0-9]+)/)?.output.1)
        #expect(try #require(Int(port)) > 0)
        let another = try ZeroMQSocket(.router, in: try ZeroMQContext())
        #expect(try another.bind(requested) != endpoint)
    }

    @Test("A request reaches the router in its envelope, and the reply its sender", arguments: Transport.allCases)
    func roundTrip(transport: Transport) throws {
        let pair = try Pair(transport)
        let clients = try (0..<3).map { _ in try pair.peer(.request) }
        for (index, client) in clients.enumerated() { #expect(client.send([Data("question \(index)".utf8)])) }
        for _ in clients {
            let frames = try pair.router.next()
            #expect(frames.count == 3)
            #expect(!frames[0].isEmpty)
            #expect(frames[1].isEmpty)
            let answer = String(decoding: frames[2], as: UTF8.self).replacing("question", with: "answer")
            #expect(pair.router.send([frames[0], frames[1], Data(answer.utf8)]))
        }
        for (index, client) in clients.enumerated() {
            #expect(try client.next() == [Data("answer \(index)".utf8)])
        }
    }

    @Test("Two contexts meet over tcp and ipc, each socket on a thread of its own", arguments: [Transport.tcp, .ipc])
    func twoThreads(transport: Transport) throws {
        let pair = try Pair(transport)
        let endpoint = pair.endpoint
        let answers = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            guard let client = try? ZeroMQSocket(.request, in: ZeroMQContext()) else { return }
            guard (try? client.connect(endpoint)) != nil else { return }
            for count in UInt8(0)..<50 {
                guard client.send([Data([count])]), (try? client.next()) == [Data([count])] else { return }
                answers.signal()
            }
        }
        for _ in 0..<50 { #expect(pair.router.send(try pair.router.next())) }
        for _ in 0..<50 { #expect(answers.wait(timeout: .now() + 20) == .success) }
    }

    @Test("Frames of any number and size arrive as they were sent", arguments: Transport.allCases)
    func frames(transport: Transport) throws {
        let pair = try Pair(transport)
        let dealer = try pair.peer(.dealer)
        let messages = [[Data()], [Data(), Data([1]), Data()], [Data(count: 3 << 20)], (0..<20).map { Data([$0]) }]
        for message in messages {
            #expect(dealer.send(message))
            let frames = try pair.router.next()
            #expect(Array(frames.dropFirst()) == message)
        }
    }

    @Test("Nothing has come: nothing is received")
    func nothing() throws {
        let pair = try Pair()
        #expect(pair.router.receive() == nil)
        pair.router.wait(milliseconds: 1)
        #expect(pair.router.receive() == nil)
    }

    @Test("A request socket asks again only after the answer, and a slice is sent as a slice")
    func turns() throws {
        let pair = try Pair()
        let client = try pair.peer(.request)
        #expect(client.send([Data([1, 2, 3]).dropFirst()]))
        #expect(!client.send([Data([4])]))
        let frames = try pair.router.next()
        #expect(frames.last == Data([2, 3]))
        #expect(pair.router.send(frames))
        #expect(try client.next() == [Data([2, 3])])
        #expect(client.send([Data([5])]))
    }

    @Test("Nothing listens yet: connecting succeeds, and what was sent arrives later")
    func connectFirst() throws {
        let path = freshPath()
        let client = try ZeroMQSocket(.request, in: try ZeroMQContext())
        try client.connect("ipc://" + path)
        #expect(client.send([Data([7])]))
        let router = try ZeroMQSocket(.router, in: try ZeroMQContext())
        _ = try router.bind("ipc://" + path)
        #expect(try router.next().last == Data([7]))
    }

    @Test("The socket that a killed program left behind is replaced")
    func staleFile() throws {
        let path = freshPath()
        // A socket that is closed without being removed, as by a program that was killed.
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        close(descriptor)
        #expect(FileManager.default.fileExists(atPath: path))

        let context = try ZeroMQContext()
        let router = try ZeroMQSocket(.router, in: context)
        #expect(try router.bind("ipc://" + path) == "ipc://" + path)
        let client = try ZeroMQSocket(.request, in: context)
        try client.connect("ipc://" + path)
        #expect(client.send([Data([1])]))
        #expect(try router.next().last == Data([1]))
    }

    @Test("A router's end frees its address", arguments: [Transport.tcp, .ipc])
    func freedAddress(transport: Transport) throws {
        var pair: Pair? = try Pair(transport)
        let endpoint = try #require(pair?.endpoint)
        pair = nil
        let router = try ZeroMQSocket(.router, in: try ZeroMQContext())
        #expect(try router.bind(endpoint) == endpoint)
    }

    @Test("A released context, its sockets and signals give their descriptors back", arguments: Transport.allCases)
    func descriptors(transport: Transport) throws {
        func cycle() throws {
            let pair = try Pair(transport)
            let client = try pair.peer(.request)
            let wake = try WakeSignal()
            #expect(client.send([Data([1])]))
            #expect(pair.router.send(try pair.router.next()))
            client.wait(orFor: wake, milliseconds: 20_000)
            #expect(try client.next() == [Data([1])])
        }
        try cycle()
        let before = try openFiles()
        // Each has at least 8 of them.
        for _ in 0..<100 { try cycle() }
        try eventuallyHere("files are as before") { try openFiles() < before + 100 }
    }
}
