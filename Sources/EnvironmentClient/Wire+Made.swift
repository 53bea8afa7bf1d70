import EnvironmentProtocol
import Gymnasium

extension WireMake.Reply {
    /// The spaces and the arguments.
    ///
    /// - Throws: `mismatch` when they cannot be read.
    func parts() throws(ClientError) -> (observationSpace: Space, actionSpace: Space, arguments: [Value.Entry]) {
        do {
            return (
                try singleObservationSpace.space(), try singleActionSpace.space(), try WireEntry.entries(kwargs)
            )
        } catch {
            throw .mismatch("the server's answer to make cannot be read: \(error)")
        }
    }
}

extension EnvironmentSpec {
    /// Defaults of arguments that cannot be read are empty text.
    init(_ wire: WireEnvSpec) {
        self.init(
            id: wire.id, description: wire.description_p,
            rewardThreshold: wire.hasRewardThreshold ? wire.rewardThreshold : nil,
            nondeterministic: wire.nondeterministic,
            maxEpisodeSteps: Int(wire.maxEpisodeSteps),
            arguments: wire.arguments.map { argument in
                Argument(
                    argument.name, default: (try? argument.defaultValue.value()) ?? .text(""), argument.description_p)
            },
            renderModes: wire.renderModes, renderFPS: wire.renderFps)
    }
}
