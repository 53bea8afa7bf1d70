import Learning

/// A training whose agent ends up in a file, however the training ends.
struct TrainingRun {
    let learner: any Learner
    /// The file.
    let path: String
    /// Steps from one writing of the file to the next; 0: it is written at the end only.
    let saveEvery: Int

    /// Trains, and writes the file.
    ///
    /// Writing begins new episodes and random numbers, here as in an agent resumed from the file. So how often it is written
    /// is part of what makes two trainings equal.
    ///
    /// - Parameters:
    ///   - progress: called after each round; false ends the training.
    ///   - end: called once, before anything is printed.
    /// - Returns: whether `progress` ended it.
    /// - Throws: what stopped the training, once the file is written; the text says so.
    func train(
        until total: Int, progress: (TrainingProgress) throws -> Bool, end: () -> Void
    ) throws -> Bool {
        var failure: (any Error)?
        var isEnded = false
        do {
            while !isEnded, failure == nil, learner.stepCount < total {
                let next = saveEvery > 0 ? min(total, learner.stepCount + saveEvery) : total
                try learner.train(until: next) { round in
                    do { isEnded = try !progress(round) } catch { failure = error }
                    return !isEnded && failure == nil
                }
                if next < total, !isEnded, failure == nil { try learner.checkpoint().save(to: path) }
            }
        } catch {
            failure = error
        }
        end()
        try learner.checkpoint().save(to: path)
        if let failure { throw Stopped(reason: "\(failure)", steps: learner.stepCount, path: path) }
        return isEnded
    }

    /// What stopped a training.
    struct Stopped: Error, CustomStringConvertible {
        let reason: String
        let steps: Int
        let path: String

        var description: String {
            "the training stopped after \(steps) steps: \(reason). What was learnt is in \(path); --resume \(path) goes on"
        }
    }
}
