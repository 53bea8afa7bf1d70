import CProcess
import Dispatch
import Foundation

/// Work that keeps a processor busy, done off the threads that serve HTTP.
enum Computation {
    private static let queue = DispatchQueue(label: "computation", attributes: .concurrent)

    static func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }

    /// Computes for so many milliseconds of this thread's CPU time.
    static func spin(milliseconds: Double) -> UInt64 {
        let end = faasfarm_thread_seconds() + milliseconds / 1e3
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        while faasfarm_thread_seconds() < end {
            for _ in 0..<500 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
            }
        }
        return state
    }
}
