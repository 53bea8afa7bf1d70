internal import CZeroMQ

/// A refusal of libzmq.
public struct ZeroMQError: Error, Sendable, Hashable, CustomStringConvertible {
    /// libzmq's error number.
    public let number: Int32
    /// What was tried, what libzmq said, and what to do about it.
    public let description: String

    init(number: Int32, description: String) {
        self.number = number
        self.description = description
    }

    /// The calling thread's last error, while doing `what`.
    static func last(_ what: String) -> ZeroMQError {
        ZeroMQError(zmq_errno(), what)
    }

    init(_ number: Int32, _ what: String) {
        let reason = String(cString: zmq_strerror(number))
        let advice =
            switch number {
            case EADDRINUSE:
                "; another program listens there: stop it, or choose another port (port 0 takes a free one) or path"
            case EADDRNOTAVAIL, ENODEV: "; this machine has no such address"
            case ENOENT: "; the folder of the socket's path is not there: make it"
            case EACCES: "; this user may not listen there: choose a port above 1023, or a folder that can be written"
            case EINVAL, EPROTONOSUPPORT: "; an endpoint looks like tcp://127.0.0.1:5555 or ipc:///run/faasfarm.socket"
            case EMFILE: "; the process has no file descriptors left: raise `ulimit -n`"
            default: ""
            }
        self.init(number: number, description: "\(what): \(reason)\(advice)")
    }
}
