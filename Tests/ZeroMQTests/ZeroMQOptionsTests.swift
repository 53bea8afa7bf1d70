import Foundation
import TestSupport
import Testing

@testable import ZeroMQ

@Suite("Options")
struct ZeroMQOptionsTests {
    @Test(
        "A message beyond the limit costs its sender the connection, and nobody else anything",
        arguments: [Transport.tcp, .ipc])
    func maxMessageSize(transport: Transport) throws {
        let pair = try Pair(transport) { socket throws(ZeroMQError) in try socket.setMaxMessageSize(1_000) }
        let neighbour = try pair.peer(.dealer)
        #expect(neighbour.send([Data("before".utf8)]))
        let identity = try pair.router.next()[0]

        let flood = try pair.peer(.dealer)
        #expect(flood.send([Data(count: 1_000)]))
        let flooding = try pair.router.next()
        #expect(flooding.last?.count == 1_000)
        try pair.router.setRouterMandatory()
        #expect(flood.send([Data(count: 1_001)]))
        // Its connection is gone when the router no longer knows its name.
        try eventuallyHere("the sender is dropped") { !pair.router.send([flooding[0], Data([1])]) }

        #expect(neighbour.send([Data("after".utf8)]))
        var frames = try pair.router.next()
        while frames.last?.count == 1_000 { frames = try pair.router.next() }
        #expect(frames == [identity, Data("after".utf8)])
        #expect(pair.router.send([identity, Data([2])]))
        #expect(try neighbour.next() == [Data([2])])
        // The sender comes again by itself, under another name.
        #expect(flood.send([Data("again".utf8)]))
        #expect(try pair.router.next().last == Data("again".utf8))
    }

    @Test("A router tells that a peer is unknown only when asked to")
    func mandatory() throws {
        let pair = try Pair()
        #expect(pair.router.send([Data("nobody".utf8), Data([1])]))
        try pair.router.setRouterMandatory()
        #expect(!pair.router.send([Data("nobody".utf8), Data([1])]))
        // What was refused is not the beginning of the next message.
        let peer = try pair.peer(.dealer)
        #expect(peer.send([Data([2])]))
        let identity = try pair.router.next()[0]
        #expect(pair.router.send([identity, Data([3])]))
        #expect(try peer.next() == [Data([3])])
    }

    @Test("A relaxed request socket asks again before the answer, and drops the late one")
    func relaxed() throws {
        let pair = try Pair()
        let client = try ZeroMQSocket(.request, in: pair.context)
        try client.setRequestRelaxed()
        try client.connect(pair.endpoint)
        #expect(client.send([Data([1])]))
        let first = try pair.router.next()
        // The client's name, the number of the request, the delimiter, the request.
        #expect(first.count == 4)
        #expect(client.send([Data([2])]))
        let second = try pair.router.next()
        #expect(pair.router.send(first))
        #expect(pair.router.send(second))
        #expect(try client.next() == [Data([2])])
        #expect(client.receive() == nil)
    }

    @Test("Beyond the high-water mark sending fails instead of waiting")
    func highWaterMark() throws {
        let dealer = try ZeroMQSocket(.dealer, in: try ZeroMQContext())
        try dealer.setHighWaterMark(10)
        try dealer.connect("ipc://" + freshPath())
        var sent = 0
        while sent < 1_000, dealer.send([Data([1])]) { sent += 1 }
        #expect(sent == 10)
    }

    @Test("A value that libzmq does not take is a typed error that names the option")
    func refusedValue() throws {
        let socket = try ZeroMQSocket(.dealer, in: try ZeroMQContext())
        let error = #expect(throws: ZeroMQError.self) { try socket.setHighWaterMark(-1) }
        #expect(error?.description.contains("high-water mark to -1") == true)
        let notARouter = #expect(throws: ZeroMQError.self) { try socket.setRouterMandatory() }
        #expect(notARouter?.description.contains("mandatory routing") == true)
    }
}
