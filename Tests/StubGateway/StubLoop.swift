import Dispatch
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The stub's thread: accepts, reads, and answers when answers are due.
///
/// Unchecked, because the connections are touched by that thread only, and the state has a lock.
final class StubLoop: @unchecked Sendable {
    struct State {
        var requests: [StubRequest] = []
        var openConnections = 0
        var isStopping = false
    }

    let state = Mutex(State())
    private let handler: @Sendable (StubRequest) -> StubAnswer
    private let listener: Int32
    private let wakeEnds: (read: Int32, write: Int32)
    private let isOver = DispatchSemaphore(value: 0)
    private var connections: [Int32: StubConnection] = [:]
    private var accepted = 0

    init(listener: Int32, handler: @escaping @Sendable (StubRequest) -> StubAnswer) throws {
        self.listener = listener
        self.handler = handler
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SocketError("pipe") }
        wakeEnds = (ends[0], ends[1])
        Sockets.setNonBlocking(listener)
        ends.forEach(Sockets.setNonBlocking)
    }

    deinit {
        close(wakeEnds.read)
        close(wakeEnds.write)
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        var byte: UInt8 = 1
        _ = write(wakeEnds.write, &byte, 1)
    }

    func waitUntilOver() {
        isOver.wait()
        isOver.signal()
    }

    func run() {
        while !state.withLock({ $0.isStopping }) {
            var polled = [pollfd(fd: wakeEnds.read, events: Int16(POLLIN), revents: 0)]
            polled.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
            for connection in connections.values {
                polled.append(pollfd(fd: connection.descriptor, events: connection.events, revents: 0))
            }
            _ = poll(&polled, nfds_t(polled.count), millisecondsToNextAnswer())
            for entry in polled.dropFirst(2) where entry.revents != 0 {
                guard let connection = connections[entry.fd] else { continue }
                if entry.revents & Int16(POLLOUT) != 0 { connection.write() }
                if entry.revents & ~Int16(POLLOUT) != 0 { connection.read(take) }
            }
            let now = ContinuousClock.now
            for connection in connections.values {
                connection.answerIfDue(now)
                if connection.isClosed { connections[connection.descriptor] = nil }
            }
            if polled[1].revents != 0 { accept() }
            let count = connections.count
            state.withLock { $0.openConnections = count }
        }
        connections = [:]
        close(listener)
        state.withLock { $0.openConnections = 0 }
        isOver.signal()
    }

    private func take(_ request: StubRequest) -> StubAnswer {
        state.withLock { $0.requests.append(request) }
        return handler(request)
    }

    private func accept() {
        while true {
            let descriptor = systemAccept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            Sockets.setNonBlocking(descriptor)
            accepted += 1
            connections[descriptor] = StubConnection(descriptor: descriptor, number: accepted)
        }
    }

    private func millisecondsToNextAnswer() -> Int32 {
        guard let due = connections.values.compactMap(\.due).min() else { return -1 }
        return Int32(max(0, ((due - .now) / .milliseconds(1)).rounded(.up)))
    }
}

private let systemAccept =
    accept as @Sendable (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
