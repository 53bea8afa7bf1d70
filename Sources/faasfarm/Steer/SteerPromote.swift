import ArgumentParser
import Foundation
import Steering
import SteeringControl
import SteeringReview
import Terminal

struct SteerPromote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Let a policy act that has advised; first says what its advice would have cost and missed.",
        usage: "faasfarm steer promote <function> [<options>]",
        discussion: """
            The review is of the last day, or of --hours: as `faasfarm review --as-advised` has it. `faasfarm steer revert` is the way \
            back.
            """)

    @Argument(help: "The function.") var function: String
    @Option(help: "How many hours of advice are reviewed.") var hours = 24.0
    @OptionGroup var running: RunningOptions

    func validate() throws { try OptionValue.check("--hours", hours, in: 0.001...8_784) }

    func run() async throws {
        // Whether it runs at all is said before a review that may take a while.
        let client = try ControlClient(journal: running.journal)
        StandardError.say(review())
        running.show(try await client.take(.promote, of: function))
    }

    private func review() -> String {
        let now = Date().timeIntervalSince1970
        var request = Review.Request(function: function, from: now - hours * 3_600, to: now)
        request.isAsAdvised = true
        do {
            return try Review.run(request, in: SteeringHistory(path: running.journal)).text()
        } catch {
            return "there is nothing to review yet: \(error)"
        }
    }
}
