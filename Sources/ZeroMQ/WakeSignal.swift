import Foundation

/// Wakes a thread that waits on a socket, from any other thread.
public final class WakeSignal: Sendable {
    let readDescriptor: Int32
    private let writeDescriptor: Int32

    /// - Throws: ``ZeroMQError`` when the process has no descriptors left.
    public init() throws(ZeroMQError) {
        var descriptors: [Int32] = [-1, -1]
        guard pipe(&descriptors) == 0 else {
            throw ZeroMQError(number: errno, description: "making a pipe: \(String(cString: strerror(errno)))")
        }
        for descriptor in descriptors {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        readDescriptor = descriptors[0]
        writeDescriptor = descriptors[1]
    }

    deinit {
        Foundation.close(readDescriptor)
        Foundation.close(writeDescriptor)
    }

    /// Signals that are not yet cleared count as one.
    public func signal() {
        var byte: UInt8 = 1
        _ = write(writeDescriptor, &byte, 1)
    }

    func clear() {
        var buffer = [UInt8](repeating: 0, count: 256)
        while read(readDescriptor, &buffer, buffer.count) == buffer.count {}
    }
}
