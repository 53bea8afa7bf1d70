internal import CCurl
import Foundation

/// Waits for many sockets at once; what a wait costs follows from the sockets that are ready, not from all (epoll; poll where
/// there is none).
///
/// Unchecked, because one thread uses it; only ``wake()`` may be called from any.
final class SocketWatch: @unchecked Sendable {
    /// What a socket is watched for, or is ready for.
    struct Event: OptionSet {
        let rawValue: UInt8

        static let reading = Event(rawValue: 1)
        static let writing = Event(rawValue: 2)
        /// Is reported unasked.
        static let failure = Event(rawValue: 4)
    }

    private let wakeReader: Int32
    private let wakeWriter: Int32
    #if os(Linux)
        private let epoll: Int32
        private var ready = [epoll_event](repeating: epoll_event(), count: 256)
    #else
        private var sockets: [Int32: Event] = [:]
    #endif

    /// nil: the process has no descriptors left.
    init?() {
        var descriptors: [Int32] = [-1, -1]
        guard pipe(&descriptors) == 0 else { return nil }
        for descriptor in descriptors {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        (wakeReader, wakeWriter) = (descriptors[0], descriptors[1])
        #if os(Linux)
            epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
            guard epoll >= 0 else {
                Foundation.close(wakeReader)
                Foundation.close(wakeWriter)
                return nil
            }
        #endif
        watch(wakeReader, for: .reading)
    }

    deinit {
        Foundation.close(wakeReader)
        Foundation.close(wakeWriter)
        #if os(Linux)
            Foundation.close(epoll)
        #endif
    }

    /// From any thread: ends a wait, the next one if none is under way.
    func wake() {
        var byte: UInt8 = 1
        _ = write(wakeWriter, &byte, 1)
    }

    /// Watches `socket` for `events`, and for nothing else from now on.
    func watch(_ socket: Int32, for events: Event) {
        #if os(Linux)
            var event = epoll_event()
            event.data.fd = socket
            if events.contains(.reading) { event.events |= EPOLLIN.rawValue }
            if events.contains(.writing) { event.events |= EPOLLOUT.rawValue }
            if epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0, errno == EEXIST {
                epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event)
            }
        #else
            sockets[socket] = events
        #endif
    }

    /// Forgets `socket`; one that is not watched is none the worse for it.
    func unwatch(_ socket: Int32) {
        #if os(Linux)
            var event = epoll_event()
            epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event)
        #else
            sockets[socket] = nil
        #endif
    }

    /// Waits until a socket is ready, ``wake()`` or the limit, and tells what each ready socket is ready for.
    ///
    /// - Parameters:
    ///   - milliseconds: the limit.
    ///   - visit: may watch and forget sockets. A socket that it closes may still be told of, or another one under its number.
    func wait(milliseconds: Int32, visit: (Int32, Event) -> Void) {
        for (socket, events) in readySockets(within: milliseconds) {
            guard socket != wakeReader else {
                var buffer = (UInt64(0), UInt64(0))
                while withUnsafeMutableBytes(of: &buffer, { read(wakeReader, $0.baseAddress, $0.count) }) == 16 {}
                continue
            }
            visit(socket, events)
        }
    }

    private func readySockets(within milliseconds: Int32) -> [(Int32, Event)] {
        #if os(Linux)
            let count = epoll_wait(epoll, &ready, Int32(ready.count), milliseconds)
            return ready.prefix(max(0, Int(count))).map { event in
                var events: Event = []
                if event.events & EPOLLIN.rawValue != 0 { events.insert(.reading) }
                if event.events & EPOLLOUT.rawValue != 0 { events.insert(.writing) }
                if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { events.insert(.failure) }
                return (event.data.fd, events)
            }
        #else
            var polled = sockets.map { socket, events in
                pollfd(
                    fd: socket,
                    events: Int16((events.contains(.reading) ? POLLIN : 0) | (events.contains(.writing) ? POLLOUT : 0)),
                    revents: 0)
            }
            guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return [] }
            return polled.filter { $0.revents != 0 }.map { one in
                var events: Event = []
                if Int32(one.revents) & POLLIN != 0 { events.insert(.reading) }
                if Int32(one.revents) & POLLOUT != 0 { events.insert(.writing) }
                if Int32(one.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0 { events.insert(.failure) }
                return (one.fd, events)
            }
        #endif
    }
}
