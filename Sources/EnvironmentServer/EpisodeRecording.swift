import EnvironmentProtocol
import Gymnasium
import Logging

/// The recording of one session's episodes, one after the other. Its failures are never the episodes'.
///
/// It belongs to one ``HostedEnvironment`` and runs where that does.
final class EpisodeRecording {
    /// The id of the episode that is being recorded.
    private(set) var episode: String?
    private let recorder: (any EpisodeRecorder)?
    private let logger: Logger
    private var stepIndex = 0
    private var hasFailed = false

    /// - Parameter recorder: nil records nothing.
    init(recorder: (any EpisodeRecorder)?, logger: Logger) {
        self.recorder = recorder
        self.logger = logger
    }

    /// Whether episodes are kept.
    var isOn: Bool { recorder != nil }

    /// For an environment whose calls return at once; nil when nothing is recorded, or only by awaiting it.
    func journal() -> (any EpisodeJournal)? { recorder?.journal(onFailure: failing) }

    /// For a vector; nil when nothing is recorded, or only by awaiting it.
    func journal(_ vector: VectorStart) -> (any VectorJournal)? { recorder?.journal(vector, onFailure: failing) }

    private var failing: @Sendable (any Error) -> Void {
        { [logger] error in
            logger.error("recording has stopped; the episodes go on unrecorded: \(error)")
        }
    }

    nonisolated(nonsending) func begin(_ start: EpisodeStart) async {
        guard let recorder else { return }
        stepIndex = 0
        do {
            episode = try await recorder.begin(start)
        } catch {
            fail("begin an episode", error)
        }
    }

    /// Adds a step; one that ends the episode ends its recording.
    nonisolated(nonsending) func record(_ action: Value, _ result: StepResult) async {
        stepIndex += 1
        guard let recorder, let episode else { return }
        do {
            try await recorder.record(EpisodeStep(index: stepIndex, action: action, result: result), of: episode)
        } catch {
            fail("record a step", error)
            // What is there of it should not look as if it still ran.
            if self.episode == nil { try? await recorder.end(episode, .partial) }
        }
        if result.terminated { await end(.terminated) } else if result.truncated { await end(.truncated) }
    }

    /// Ends the episode under way; without one, does nothing.
    nonisolated(nonsending) func end(_ status: EpisodeStatus) async {
        guard let recorder, let ending = episode else { return }
        do {
            try await recorder.end(ending, status)
            episode = nil
        } catch {
            fail("end an episode", error)
        }
    }

    private func fail(_ what: String, _ error: any Error) {
        // The session is being closed: closing ends the episode, and is not cancelled.
        if error is CancellationError { return }
        episode = nil
        guard !hasFailed else { return }
        hasFailed = true
        logger.error("could not \(what) in the recording; the episode goes on unrecorded: \(error)")
    }
}

/// The host of an environment whose episodes go into a journal: its resets tell the episode's id.
final class JournaledHost: ImmediateHost {
    private let environment: JournaledEnvironment
    private let host: SingleHost

    init(_ environment: JournaledEnvironment, renderMode: String) {
        self.environment = environment
        host = SingleHost(environment, renderMode: renderMode)
    }

    func reset(_ request: WireReset.Request, readable: Bool) throws -> WireReset.Reply {
        var reply = try host.reset(request, readable: readable)
        reply.episodeID = environment.episode.map { [$0] } ?? []
        return reply
    }

    func step(_ action: WireValue, readable: Bool) throws -> WireStep.Reply {
        try host.step(action, readable: readable)
    }

    func step(_ action: StepRequestFrame.Action, into reply: inout FrameWriter) throws -> Bool {
        try host.step(action, into: &reply)
    }

    func render(_ request: WireRender.Request, readable: Bool) throws -> WireRender.Reply {
        try host.render(request, readable: readable)
    }
}
