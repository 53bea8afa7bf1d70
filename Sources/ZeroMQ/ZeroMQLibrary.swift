internal import CZeroMQ

/// The libzmq that this program runs with, which may be another than it was compiled with.
public enum ZeroMQLibrary {
    /// Such as "4.3.4".
    public static var version: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    /// Whether it was built with `capability`: "curve" or "ipc", for example.
    public static func has(_ capability: String) -> Bool {
        zmq_has(capability) == 1
    }
}
