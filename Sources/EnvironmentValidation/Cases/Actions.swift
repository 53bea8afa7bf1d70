import EnvironmentProtocol
import Gymnasium
import SwiftProtobuf

extension ValidationCase {
    /// Actions that are none.
    static let actions: [ValidationCase] = [
        ValidationCase("actions/outside", "An action outside the space is `ACTION_OUT_OF_SPACE`.") { subject in
            try refuse(subject, \.outside, .actionOutOfSpace, .actionOutOfSpace)
        },
        ValidationCase("actions/shape", "An action of another shape is `ACTION_SHAPE`.") { subject in
            try refuse(subject, \.misshapen, .actionShape, .actionShape)
        },
        ValidationCase(
            "actions/type", "A floating-point number is never taken for an integer, nor a boolean for a number."
        ) { subject in
            try refuse(subject, \.mistyped, .actionDtype, .actionDtype)
        },
        ValidationCase("actions/absent", "An action that is empty is refused, not guessed.") { subject in
            try refuse(subject, { _ in nil }, .actionDtype, .actionShape, isEmpty: true)
        },
        ValidationCase(
            "actions/step-nothing",
            "A refused action (`ACTION_SHAPE`, `ACTION_DTYPE`, `ACTION_OUT_OF_SPACE`) steps nothing."
        ) { subject in
            try subject.needDeterminism()
            let (one, other) = (try subject.begun(seed: 4), try subject.begun(seed: 4))
            guard let wrong = one.actionSpace.outside ?? one.actionSpace.misshapen else {
                throw NotApplicable("the space has no actions to refuse")
            }
            let space = one.observationSpace
            for k in 0..<3 {
                let reply = try one.ask { $0.step.action = WireValue(wrong) }
                try expectError(reply, .invalidArgument, .actionOutOfSpace, .actionShape)
                let steps = try [one, other].map { try $0.step(k) }
                try expectEqual(
                    try steps[0].observation.element(of: space), try steps[1].observation.element(of: space),
                    "after refused actions, step \(k) observes")
                if steps[0].terminated || steps[0].truncated { return }
            }
        },
    ]

    private static func refuse(
        _ subject: Subject, _ choose: (Space) -> Value?, _ reason: WireErrorReason, _ other: WireErrorReason,
        isEmpty: Bool = false
    ) throws {
        let session = try subject.begun()
        let action = choose(session.actionSpace)
        guard action != nil || isEmpty else { throw NotApplicable("the action space has no such action") }
        let reply = try session.ask { request in
            request.step = .init()
            if let action { request.step.action = WireValue(action) }
        }
        try expectError(reply, .invalidArgument, reason, other)
        try expectEqual(try session.state(), "ready", "afterwards, the state")
    }
}
