import ArgumentParser
import Farm
import Foundation
import Steering

/// One function, by options; several are a file.
struct SteerOptions: ParsableArguments {
    @Option(help: "The gateway's address.") var gateway: String?
    @Option(help: "The user of the gateway's /system/.") var username = "admin"
    @Option(help: "A file with that user's password.") var passwordFile: String?
    @Option(help: "The function's name on the gateway.") var function: String?
    @Option(help: "What recommends numbers: a text of `faasfarm evaluate --policies`, or a file of `faasfarm train`.")
    var policy: String?
    @Option(help: "What takes over while the policy fails: a number, or a policy's text. Left out: the number stays.")
    var fallback: String?
    @Flag(help: "Decide and write down, and change nothing.") var advise = false
    @Option(
        help: "Where the load is looked at: gateway (its metrics) or ingress (what comes through --ingress-listen).")
    var source: String?
    @Option(help: "Seconds from a decision to the next one.") var period = 10.0
    @Option(help: "Within how many seconds a call is to be answered.") var deadline = 5.0
    @Option(help: "What a call needs, in seconds, as long as nothing is measured.") var service = 0.5
    @Option(help: "Seconds from asking for a replica until it takes calls.") var startUp = 5.0
    @Option(help: "The fewest replicas.") var min = 1
    @Option(help: "The most replicas.") var max = 10
    @Option(help: "For how many seconds a recommendation counts before the number goes below it.") var holdDown = 60.0
    @Option(help: "Replicas that a period brings at most.") var largestStepUp: Int?
    @Option(help: "Replicas that a period takes at most.") var largestStepDown: Int?
    @Option(help: "Worker-seconds a day (UTC).") var dailyBudget: Double?
    @Option(help: "Calls that a replica takes at a time, of what comes through the ingress.") var concurrency = 1

    /// Whether something is said that a file says, too.
    var isEmpty: Bool { gateway == nil && function == nil && policy == nil }

    func plan(journal: String) throws -> SteeringPlan {
        guard let gateway, let function, let policy else {
            let missing = [("--gateway", gateway), ("--function", function), ("--policy", policy)]
                .filter { $0.1 == nil }.map(\.0)
            throw ValidationError(
                "\(missing.joined(separator: ", ")) is missing; give a file, or --gateway, --function and --policy")
        }
        try OptionValue.check("--period", period, in: 0.1...86_400, "seconds")
        try OptionValue.check("--deadline", deadline, in: 0.001...86_400, "seconds")
        try OptionValue.check("--service", service, in: 0.0001...86_400, "seconds")
        try OptionValue.check("--start-up", startUp, in: 0...86_400, "seconds")
        try OptionValue.check("--hold-down", holdDown, in: 0...86_400, "seconds")
        try OptionValue.check("--max", max, in: 1...10_000)
        try OptionValue.check("--min", min, in: 0...max)
        try OptionValue.check("--largest-step-up", largestStepUp, in: 1...10_000)
        try OptionValue.check("--largest-step-down", largestStepDown, in: 1...10_000)
        try OptionValue.check("--concurrency", concurrency, in: 1...10_000)
        if let dailyBudget { try OptionValue.check("--daily-budget", dailyBudget, in: 1...1e12, "worker-seconds") }
        var settings = SteeringSettings(function: function)
        (settings.period, settings.deadline, settings.service) = (period, deadline, service)
        (settings.startUp, settings.holdDown) = (startUp, holdDown)
        settings.workers = WorkerBounds(min: min, max: max, initial: Swift.max(min, 1))
        (settings.largestStepUp, settings.largestStepDown) = (largestStepUp, largestStepDown)
        settings.dailyBudget = dailyBudget
        (settings.patience, settings.quiet) = (Swift.min(2, period / 2), 6 * period)
        settings.staleAfter = 3 * period
        var plan = FunctionPlan(settings: settings, policy: policy)
        (plan.fallback, plan.mode, plan.concurrency) = (fallback, advise ? .advise : .steer, concurrency)
        plan.source = try readSource()
        var place = SteeringPlan.Gateway(url: gateway)
        (place.username, place.passwordFile) = (username, passwordFile)
        return SteeringPlan(gateway: place, journal: journal, functions: [plan])
    }

    private func readSource() throws -> FunctionPlan.Source {
        switch source {
        case nil, "gateway": .gateway
        case "ingress": .ingress
        case let text?:
            throw ValidationError(
                "--source must be gateway or ingress, got \"\(text)\"; a Prometheus is asked by a file")
        }
    }
}

/// Where a steering program listens; also in a file.
struct SteerListening: ParsableArguments {
    @Option(help: "Take calls of the functions here (HOST:PORT), as the gateway does on /function/NAME.")
    var ingressListen: String?
    @Option(help: "Serve Prometheus's metrics here (HOST:PORT).") var metricsListen: String?
    @Option(help: "Serve a live page here (HOST:PORT).") var pageListen: String?
    @Option(
        help: ArgumentHelp(
            "A file with a token; whoever has it may pause, promote and revert on the page.", valueName: "file"))
    var pageToken: String?
    @Option(help: "Where an agent connects that is the policy (--policy agent): tcp://HOST:PORT or ipc://PATH.")
    var agentsListen: String?
    @Option(help: "Answer KEDA's external scaler here (HOST:PORT).") var kedaListen: String?

    func fill(_ listeners: inout SteeringPlan.Listeners) {
        listeners.ingress = ingressListen ?? listeners.ingress
        listeners.metrics = metricsListen ?? listeners.metrics
        listeners.page = pageListen ?? listeners.page
        listeners.agents = agentsListen ?? listeners.agents
        listeners.keda = kedaListen ?? listeners.keda
    }

    /// What the file of --page-token has.
    func token() throws -> String? {
        guard let pageToken else { return nil }
        guard let text = try? String(contentsOf: URL(fileURLWithPath: pageToken), encoding: .utf8) else {
            throw ValidationError("--page-token \(pageToken) cannot be read; name a file with a token in it")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw ValidationError("--page-token \(pageToken) has no token in it") }
        return token
    }
}
