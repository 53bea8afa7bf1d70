public import Files
import Foundation

/// A training whose agent ends up in a file, however the training ends.
///
///     let run = TrainingRun(learner: learner, output: try OutputFile("agent.safetensors", of: "--out"))
///     let wasEnded = try run.train(until: 100_000) { progress in !isInterrupted }
public struct TrainingRun {
    private let learner: any Learner
    private let output: OutputFile
    private let saveEvery: Int
    private let warn: (String) -> Void

    /// - Parameters:
    ///   - saveEvery: steps from one writing of the file to the next; 0: it is written at the end only.
    ///   - warn: called where the file cannot be written on the way.
    public init(
        learner: any Learner, output: OutputFile, saveEvery: Int = 0, warn: @escaping (String) -> Void = { _ in }
    ) {
        self.learner = learner
        self.output = output
        self.saveEvery = saveEvery
        self.warn = warn
    }

    /// Trains, and writes the file.
    ///
    /// Writing begins new episodes and random numbers, here as in an agent resumed from the file. So how often it is written
    /// is part of what makes two trainings equal.
    ///
    /// - Parameters:
    ///   - isInterrupted: whether a failure is what somebody has asked for, who does not wait for the round's end.
    ///   - progress: called after each round; false ends the training.
    ///   - end: called once, before anything is printed.
    /// - Returns: whether it was ended before its time.
    /// - Throws: what stopped the training, once the file is written; the text says so.
    public func train(
        until total: Int, isInterrupted: () -> Bool = { false }, progress: (TrainingProgress) throws -> Bool,
        end: () -> Void = {}
    ) throws -> Bool {
        var failure: String?
        var isEnded = false
        do {
            while !isEnded, failure == nil, learner.stepCount < total {
                let next = saveEvery > 0 ? min(total, learner.stepCount + saveEvery) : total
                try learner.train(until: next) { round in
                    do { isEnded = try !progress(round) } catch { failure = "\(error)" }
                    return !isEnded && failure == nil
                }
                if next < total, !isEnded, failure == nil { try saveOnTheWay() }
            }
        } catch {
            if isInterrupted() { isEnded = true } else { failure = "\(error)" }
        }
        end()
        let content: Data
        do {
            content = try self.content()
        } catch {
            throw Diverged(reason: "\(error)", steps: learner.stepCount, path: output.path)
        }
        var path = output.path
        do {
            try output.write(content)
        } catch let elsewhere as OutputFile.Elsewhere {
            path = elsewhere.other
            failure = failure ?? elsewhere.cause
        }
        if let failure { throw Stopped(reason: failure, steps: learner.stepCount, path: path) }
        return isEnded
    }

    /// A file that cannot be written now may be by the end, so the training goes on.
    private func saveOnTheWay() throws {
        let content = try content()
        do {
            try output.save(content)
        } catch {
            warn("\(output.path) cannot be written after \(learner.stepCount) steps: \(error.localizedDescription)")
        }
    }

    /// Of the file as the agent is now.
    private func content() throws -> Data {
        let checkpoint = learner.checkpoint()
        try checkpoint.checkNumbers()
        return Data(try checkpoint.content.encoded())
    }

    /// What stopped a training.
    public struct Stopped: Error, CustomStringConvertible {
        let reason: String
        let steps: Int
        let path: String

        public var description: String {
            "the training stopped after \(steps) steps: \(reason). What was learnt is in \(path); --resume \(path) goes on"
        }
    }

    /// An agent that is of no use to anybody, and is not written.
    public struct Diverged: Error, CustomStringConvertible {
        let reason: String
        let steps: Int
        let path: String

        public var description: String {
            "after \(steps) steps \(reason). \(path) is as it was"
        }
    }
}
