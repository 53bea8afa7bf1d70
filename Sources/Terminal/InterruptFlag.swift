import Dispatch
import Foundation
import Synchronization

/// Raised by SIGINT and SIGTERM, which then do not end the process; the second one does.
///
/// One at a time: of two sources of the same signal, libdispatch on Linux tells neither.
public final class InterruptFlag {
    private final class State: Sendable {
        /// The first signal that came; 0: none has.
        let number = Atomic(Int32(0))
        let onRaise: Mutex<@Sendable () -> Void>

        init(_ onRaise: @escaping @Sendable () -> Void) { self.onRaise = Mutex(onRaise) }
    }

    private let state: State
    private let sources: [any DispatchSourceSignal]

    /// - Parameter onRaise: called on a thread of its own when the first signal comes.
    public init(onRaise: @escaping @Sendable () -> Void = {}) {
        let state = State(onRaise)
        self.state = state
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                _ = state.number.compareExchange(expected: 0, desired: number, ordering: .relaxed)
                signal(number, SIG_DFL)
                state.onRaise.withLock(\.self)()
            }
            source.resume()
            return source
        }
    }

    /// What the first signal calls from now on. Where it has come already, that is called now, on a thread of its own; where it
    /// comes at this very moment, perhaps twice.
    public func setOnRaise(_ onRaise: @escaping @Sendable () -> Void) {
        state.onRaise.withLock { $0 = onRaise }
        if isRaised { DispatchQueue.global().async(execute: onRaise) }
    }

    public var isRaised: Bool { state.number.load(ordering: .relaxed) != 0 }

    /// What shells and schedulers know an interrupted program by: 130 after Ctrl-C, 143 after SIGTERM. nil: nothing came.
    public var exitCode: Int32? {
        let number = state.number.load(ordering: .relaxed)
        return number == 0 ? nil : 128 + number
    }
}
