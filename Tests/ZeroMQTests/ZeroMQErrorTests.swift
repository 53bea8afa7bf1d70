import Foundation
import Testing

@testable import ZeroMQ

@Suite("Refusals of libzmq")
struct ZeroMQErrorTests {
    private func refusal(of endpoint: String) throws -> ZeroMQError? {
        let router = try ZeroMQSocket(.router, in: try ZeroMQContext())
        return #expect(throws: ZeroMQError.self) { try router.bind(endpoint) }
    }

    @Test("An address in use is named, with what to do", arguments: Transport.allCases)
    func inUse(transport: Transport) throws {
        let pair = try Pair(transport)
        // Names of inproc are those of a context.
        let error = #expect(throws: ZeroMQError.self) {
            try ZeroMQSocket(.router, in: transport == .inproc ? pair.context : ZeroMQContext()).bind(pair.endpoint)
        }
        #expect(error?.number == EADDRINUSE)
        #expect(error?.description.contains(pair.endpoint) == true)
        #expect(error?.description.contains("another port") == true)
        // The refusal did no harm to the socket that listens there.
        let client = try pair.peer(.request)
        #expect(client.send([Data([1])]))
        #expect(try pair.router.next().last == Data([1]))
    }

    @Test("An address of another machine is named, with what is wrong")
    func otherMachine() throws {
        let error = try refusal(of: "tcp://192.0.2.1:5555")
        #expect(error?.description.contains("tcp://192.0.2.1:5555") == true)
        #expect(error?.description.contains("no such address") == true)
    }

    @Test(
        "What is no endpoint is refused, with what one looks like",
        arguments: [
            "", "nonsense", "tcp://", "http://127.0.0.1:80", "tcp://127.0.0.1", "tcp://127.0.0.1:65536",
            "tcp://[::1]:99999",
        ])
    func noEndpoint(endpoint: String) throws {
        let error = try refusal(of: endpoint)
        #expect(error?.description.contains("tcp://127.0.0.1:5555") == true)
        let client = try ZeroMQSocket(.request, in: try ZeroMQContext())
        #expect(throws: ZeroMQError.self) { try client.connect(endpoint) }
    }

    @Test("A folder that is not there is an error")
    func noFolder() throws {
        let endpoint = "ipc://" + freshPath() + "/no/socket"
        let error = try refusal(of: endpoint)
        #expect(error?.description.contains(endpoint) == true)
    }
}
