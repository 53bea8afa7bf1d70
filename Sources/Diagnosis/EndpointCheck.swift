import Foundation
import ZeroMQ

/// Whether a daemon answers at an endpoint, and if none is there, whether one could listen. It tells a name that is
/// unknown, a port without a listener, something that is no ZeroMQ, keys that do not fit and another program apart.
struct EndpointCheck {
    let endpoint: String
    let serverKey: CurvePublicKey?
    /// nil draws one.
    let clientKey: CurveSecretKey?
    /// For each of connecting and asking.
    let timeout: Duration
    /// Whether a daemon has to be there, and not only to be able to.
    let isExpected: Bool
    /// Of this program, to be compared with the daemon's.
    let version: String

    private let check = "endpoint"

    func run() -> Finding {
        if endpoint.hasPrefix("ipc://") { return overIPC(String(endpoint.dropFirst("ipc://".count))) }
        if let fault = ZeroMQEndpoint.fault(of: endpoint) {
            return .fail(check, "\(endpoint) is not an endpoint: \(fault); expected tcp://HOST:PORT or ipc://PATH")
        }
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":"),
            let port = Int(endpoint[endpoint.index(after: colon)...]), (0...65_535).contains(port)
        else {
            return .fail(check, "\(endpoint) is not an endpoint; expected tcp://HOST:PORT or ipc://PATH")
        }
        let host = String(endpoint[..<colon].dropFirst("tcp://".count))
        return overTCP(host, port)
    }

    private func overTCP(_ host: String, _ port: Int) -> Finding {
        // Nobody can be there: the system chooses a port for whoever listens.
        if port == 0 { return tryToListen("", isExpected: false) }
        let isEverywhere = ["*", "0.0.0.0", "[::]"].contains(host)
        let name = isEverywhere ? "127.0.0.1" : host.trimmingCharacters(in: ["[", "]"])
        switch TCPProbe.connect(host: name, port: port, timeout: timeout) {
        case .connected: return ask("tcp://\(isEverywhere ? name : host):\(port)")
        case .refused: return tryToListen("nobody listens there now, and ", isExpected: isExpected)
        case .unknownHost(let why):
            return .fail(
                check, "\(endpoint): the name \(name) stands for no address (\(why)); check its spelling, or DNS")
        case .timedOut:
            return .fail(
                check,
                "\(endpoint): no answer within \(timeout); the machine is off, or a firewall drops what is sent to "
                    + "the port"
            )
        case .failed(let why):
            return .fail(check, "\(endpoint) cannot be reached: \(why); check the address and the network")
        }
    }

    private func overIPC(_ path: String) -> Finding {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
            return tryToListen("nobody listens there now, and ", isExpected: isExpected)
        }
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            return .fail(
                check, "\(path) is there and is no socket; choose another path for the daemon, or remove the file")
        }
        guard access(path, R_OK | W_OK) == 0 else {
            return .fail(
                check, "\(path) belongs to another user, who alone may use it; ask that user, or use tcp and keys")
        }
        // Whether somebody listens is found out by asking: a socket that a killed daemon left behind does not answer.
        return ask(endpoint)
    }

    private func tryToListen(_ before: String, isExpected: Bool) -> Finding {
        do {
            let socket = try ZeroMQSocket(.router, in: try ZeroMQContext())
            if ZeroMQEndpoint.needsIPv6(endpoint) { try socket.setIPv6() }
            let path = endpoint.hasPrefix("ipc:///") ? String(endpoint.dropFirst("ipc://".count)) : nil
            let wasThere = path.map(FileManager.default.fileExists) ?? true
            _ = try socket.bind(endpoint)
            // libzmq leaves the file; gone before the socket is closed, it cannot be that of a daemon that starts now.
            if let path, !wasThere { unlink(path) }
            guard !isExpected else {
                return .fail(
                    check,
                    "\(endpoint): \(before)no daemon answers there. Is it running, at this address and port? To start one: "
                        + "faasfarm serve --endpoint '\(endpoint)'")
            }
            return .ok(check, "\(endpoint): \(before)a daemon can: faasfarm serve --endpoint '\(endpoint)'")
        } catch  where error.number == EADDRNOTAVAIL || error.number == ENODEV {
            return .fail(
                check,
                "\(endpoint): nobody listens there, and it is an address of another machine; start a daemon on that "
                    + "machine, at this address and not only on loopback")
        } catch {
            return .fail(check, "\(error)")
        }
    }

    /// Says hello, as any client does.
    private func ask(_ address: String) -> Finding {
        do {
            let context = try ZeroMQContext()
            let monitor = try HandshakeMonitor(in: context)
            let socket = try ZeroMQSocket(.request, in: context)
            let key = try serverKey.map { _ in try clientKey ?? CurveSecretKey.generate() }
            if let serverKey, let key { try socket.setCurveClient(key, server: serverKey) }
            try socket.startHandshakeMonitor(monitor.name)
            defer { socket.endHandshakeMonitor() }
            if ZeroMQEndpoint.needsIPv6(address) { try socket.setIPv6() }
            try socket.connect(address)
            _ = socket.send([Data(#"{"hello":{"client_name":"faasfarm doctor"}}"#.utf8)])
            var hasShakenHands = false
            var hangUps = 0
            let end = ContinuousClock.now + timeout
            while ContinuousClock.now < end {
                if let reply = socket.receive()?.last { return judge(reply) }
                switch monitor.next() {
                case .succeeded: hasShakenHands = true
                // Not final: when only one side has keys, the one that notices it later sees the other hang up.
                case .failed(.other) where hangUps < 5: hangUps += 1
                case .failed(let failure): return .fail(check, "\(endpoint): " + text(failure, key))
                case nil: ZeroMQSocket.wait(on: [socket, monitor.socket], milliseconds: 50)
                }
            }
            if hangUps > 0 { return .fail(check, "\(endpoint): " + text(.other, key)) }
            if address.hasPrefix("ipc://"), !hasShakenHands {
                return tryToListen("nobody answers there now, and ", isExpected: isExpected)
            }
            return .fail(
                check,
                hasShakenHands
                    ? "\(endpoint): what listens there speaks ZeroMQ, and did not answer hello within \(timeout): "
                        + "it is no faasfarm daemon, or one that hangs; look at its log, or start it anew"
                    : "\(endpoint): something listens there and did not answer within \(timeout): it speaks no "
                        + "ZeroMQ, or it hangs; choose another port, or stop it")
        } catch {
            return .fail(check, "\(error)")
        }
    }

    private func text(_ failure: HandshakeFailure, _ key: CurveSecretKey?) -> String {
        switch (failure, key) {
        case (.mechanismMismatch, nil):
            "a daemon is there and wants keys: give --server-key (its server.pub) and --client-key"
        case (.mechanismMismatch, _?):
            "a daemon is there and has no keys: leave out --server-key, or start it with --server-key"
        case (.refusedKey, let key?):
            "the daemon does not allow the key \(key.publicKey): put it where the daemon's --allow-clients says, and "
                + "start it anew"
        case (.wrongKey, _), (.refusedKey, nil):
            "the daemon's key is another than the one of --server-key; take its server.pub"
        case (.other, nil):
            "what listens there hung up: it speaks no ZeroMQ, then another program has the port and a daemon needs "
                + "another; or it is a daemon that wants keys: --server-key"
        case (.other, _?):
            "what listens there hung up: its key is another than the one of --server-key, or it has none (a daemon's "
                + "log says so); or it speaks no ZeroMQ"
        }
    }

    private func judge(_ reply: Data) -> Finding {
        struct Reply: Decodable {
            struct Hello: Decodable {
                struct Version: Decodable { var major: Int? }
                var server_name: String?
                var server_version: String?
                var `protocol`: Version?
            }
            struct Refusal: Decodable { var message: String? }
            var hello: Hello?
            var error: Refusal?
        }
        guard let reply = try? JSONDecoder().decode(Reply.self, from: reply) else {
            return .fail(
                check, "\(endpoint): what answers there is no faasfarm daemon: its \(reply.count) bytes are no reply")
        }
        guard let hello = reply.hello else {
            return .fail(
                check, "\(endpoint): the daemon refuses to talk: \(reply.error?.message ?? "it does not say why")")
        }
        let version = hello.server_version ?? "of no version"
        guard let major = hello.protocol?.major, major == 1 else {
            return .fail(
                check,
                "\(endpoint): \(version) speaks another protocol than 1, which this program does; upgrade the older")
        }
        let mine = self.version
        let difference = version == mine ? "" : "; this program is \(mine), another version of the same protocol"
        return .ok(check, "\(endpoint): \(hello.server_name ?? "a daemon") \(version) answers, protocol 1\(difference)")
    }
}
