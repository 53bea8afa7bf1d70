internal import CZeroMQ
public import Foundation

/// Room for a message that comes, which is read in place. The same room takes one message after the other.
public final class IncomingMessage {
    /// The frames before the last one.
    public private(set) var envelope: [Data] = []
    let frame: UnsafeMutablePointer<zmq_msg_t>

    /// Holds an empty message.
    public init() {
        frame = .allocate(capacity: 1)
        zmq_msg_init(frame)
    }

    deinit {
        zmq_msg_close(frame)
        frame.deallocate()
    }

    /// The last frame, until the next message is taken into this.
    public var payload: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: zmq_msg_data(frame), count: zmq_msg_size(frame))
    }

    /// What the authenticator has called the sender of the last frame: its public key. nil where there is none.
    public var user: String? {
        guard let text = zmq_msg_gets(frame, "User-Id") else { return nil }
        let user = String(cString: text)
        return user.isEmpty ? nil : user
    }

    /// Takes a message from a socket.
    ///
    /// - Returns: whether there was one.
    func take(from socket: UnsafeMutableRawPointer, flags: Int32) -> Bool {
        envelope.removeAll(keepingCapacity: true)
        while zmq_msg_recv(frame, socket, envelope.isEmpty ? flags : ZMQ_DONTWAIT) >= 0 {
            if zmq_msg_more(frame) == 0 { return true }
            envelope.append(Data(payload))
        }
        return false
    }
}
