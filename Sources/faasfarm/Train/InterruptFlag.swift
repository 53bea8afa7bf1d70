import Dispatch
import Foundation
import Synchronization

/// Raised by SIGINT and SIGTERM, which then do not end the process; the second one does.
final class InterruptFlag {
    private final class State: Sendable {
        let isRaised = Atomic(false)
    }

    private let state = State()
    private let sources: [any DispatchSourceSignal]

    /// - Parameter onRaise: called on a thread of its own when the first signal comes.
    init(onRaise: @escaping @Sendable () -> Void = {}) {
        sources = [SIGINT, SIGTERM].map { [state] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                state.isRaised.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
                onRaise()
            }
            source.resume()
            return source
        }
    }

    var isRaised: Bool { state.isRaised.load(ordering: .relaxed) }
}
