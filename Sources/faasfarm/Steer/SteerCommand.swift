import ArgumentParser

struct SteerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "steer",
        abstract: "Put a policy in charge of a function, until it is told to stop.",
        discussion: """
            Any policy of `faasfarm evaluate` steers the number of a function's replicas: a decision a period, within guard rails, each \
            written down before anything is done. See first what it would do:

              faasfarm steer --gateway http://127.0.0.1:8080 --function resize \\
                --policy guarded:experts --fallback 4 --max 20 --advise
              faasfarm steer status
              faasfarm steer promote resize     # prints what it would have cost, then lets it act
              faasfarm steer pause resize --direction down
              faasfarm steer revert resize      # back to advice, and to the replicas that were there

            Many functions, their rails and where their load is looked at are a file (docs/steering.md):

              faasfarm steer run steer.yaml
            """,
        subcommands: [
            SteerRun.self, SteerStatus.self, SteerPromote.self, SteerRevert.self, SteerPause.self, SteerResume.self,
        ],
        defaultSubcommand: SteerRun.self)
}
