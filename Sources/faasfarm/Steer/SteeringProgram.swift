import ArgumentParser
import Curl
import DaemonHTTP
import EnvironmentServer
import Episodes
import Farm
import Foundation
import FunctionIngress
import KEDAScaler
import LivePage
import Logging
import OpenFaaS
import Prometheus
import ServiceLifecycle
import Steering
import SteeringControl
import SteeringMetrics
import SteeringReview
import SteeringSources

/// A plan put together: a steerer a function, and all that listens.
struct SteeringProgram {
    let services: [any Service]
    private let journal: SteeringJournal
    private let control: ControlFile

    init(_ plan: SteeringPlan, options: SteerRun, logger: Logger) throws {
        let board = SteeringBoard()
        let journal = try SteeringJournal(
            path: plan.journal, programVersion: "faasfarm \(FaaSFarm.version)", holder: "faasfarm steer",
            lines: try options.lines.map {
                try DecisionLines(path: $0, onTrouble: { [logger] in logger.warning("\($0)") })
            })
        let control = ControlFile(beside: plan.journal)
        (self.journal, self.control) = (journal, control)
        // Before anything makes instruments.
        let registry = plan.listeners.metrics.map { _ in DaemonMetrics.bootstrap(help: SteeringMeter.help) }
        let meter = registry.map { registry in
            let meter = SteeringMeter(board, functions: plan.functions.map(\.settings.function))
            registry.beforeText { meter.refresh() }
            return meter
        }
        let ingress = try SteeringProgram.ingress(plan, journal, meter, logger)
        let agents = try SteeringAgents(plan, logger: logger)
        let functions = try plan.functions.map { function in
            try SteeredParts(function, plan.gateway, ingress, agents, journal, logger)
        }
        let steerers = Dictionary(
            uniqueKeysWithValues: functions.map { ($0.name, Steerer($0.parts, board: board, logger: logger)) })
        let desk = SteeringDesk(board: board, steerers: steerers)
        var places = [
            DaemonHTTP.Place(
                "the control of steer", HTTPAddress(host: "127.0.0.1", port: 0), ControlRoutes(desk, file: control))
        ]
        if let text = plan.listeners.metrics, let registry {
            SteeringGauge.watch(board, in: registry)
            let address = try BackendOptions.address(text, of: "--metrics-listen")
            places.append(.init("--metrics-listen", address, MetricsRoutes(registry)))
            places.append(.init("--metrics-listen", address, SteeringRoutes(board)))
        }
        var page: LivePage?
        if let text = plan.listeners.page {
            let control = try options.listening.token().flatMap { LivePage.Control(token: $0, desk: desk) }
            let live = LivePage(.init(board: board, control: control, recording: plan.journal), logger: logger)
            places.append(.init("--page-listen", try BackendOptions.address(text, of: "--page-listen"), live))
            page = live
        }
        let keda = try plan.listeners.keda.map { text in
            KEDAScaler(
                board,
                at: try KEDAListener(
                    text, certificate: plan.listeners.kedaCertificate, key: plan.listeners.kedaKey,
                    clients: plan.listeners.kedaClients), logger: logger)
        }
        let http = DaemonHTTP(places, idleLimit: .seconds(DaemonHTTP.usualIdleSeconds), logger: logger)
        let loops = SteeringLoops(functions: functions, steerers: steerers, history: journal.history, logger: logger)
        let announcement = SteerAnnouncement(
            plan: plan, http: http, ingress: ingress, agents: agents.server, keda: keda, format: options.format)
        // Ended in reverse order: what tells of decisions hears first that there are no more.
        services = [http, page, ingress as (any Service)?, loops, agents.server, keda, announcement].compactMap(\.self)
    }

    /// Nothing of it runs any more.
    func close() async {
        control.remove()
        _ = try? await journal.close()
    }

    private static func ingress(
        _ plan: SteeringPlan, _ journal: SteeringJournal, _ meter: SteeringMeter?, _ logger: Logger
    ) throws -> FunctionIngress? {
        guard let text = plan.listeners.ingress else { return nil }
        let address = try BackendOptions.address(text, of: "--ingress-listen")
        var settings = FunctionIngress.Settings(
            gateway: try GatewayAddress(plan.gateway.url),
            functions: try plan.functions.map { function in
                .init(
                    function.settings, concurrency: function.concurrency,
                    workers: function.setter(try plan.gateway.client(period: function.settings.period)))
            })
        (settings.host, settings.port) = (address.host, address.port)
        settings.file = plan.journal + ".calls"
        settings.certificateAuthorities = plan.gateway.authorities
        settings.login = try plan.gateway.passwordFile.map {
            try GatewayCredentials(username: plan.gateway.username, passwordFile: $0)
        }
        settings.onEnd = { [journal, meter, logger] calls in
            for call in calls { meter?.countCall(of: call.function, seconds: call.response) }
            do {
                try await journal.record(calls.map(ServedTask.init))
            } catch {
                logger.error("\(calls.count) calls are not in the journal: \(error)")
            }
        }
        return try FunctionIngress(settings, logger: logger)
    }
}

/// What steering a function takes, and the policy whose memory is filled again after a restart.
struct SteeredParts {
    let name: String
    let parts: Steerer.Parts
    /// nil: an agent, which remembers by itself.
    fileprivate let rule: RuleRecommender?

    init(
        _ plan: FunctionPlan, _ gateway: SteeringPlan.Gateway, _ ingress: FunctionIngress?,
        _ agents: SteeringAgents, _ journal: SteeringJournal, _ logger: Logger
    ) throws {
        let name = plan.settings.function
        guard let source = try plan.source(on: gateway) ?? ingress?.source(of: name) else {
            throw ValidationError("\(name) is to be seen at the ingress, and nothing listens; give --ingress-listen")
        }
        self.name = name
        let client = try gateway.client(period: plan.settings.period)
        let seat = agents.seat(of: name)
        rule = seat == nil ? try plan.recommender(absences: source.absences) : nil
        guard let policy: any Recommender = seat ?? rule else { throw ValidationError("\(name) has no policy") }
        parts = Steerer.Parts(
            settings: plan.settings, source: source,
            setter: plan.setter(client) { note in logger.notice("\(name): \(note)") }, policy: policy,
            fallback: try plan.fallbackRecommender(absences: source.absences), journal: journal, mode: plan.mode)
    }
}

/// The steerers of a program, until its shutdown.
struct SteeringLoops: Service {
    /// How much of the past a policy is shown when it begins.
    private static let past = 3_600.0

    let functions: [SteeredParts]
    let steerers: [String: Steerer]
    let history: SteeringHistory
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for function in functions {
                    group.addTask {
                        await remember(function)
                        try await steerers[function.name]?.run()
                    }
                }
                do { for try await _ in group {} } catch is CancellationError {}
            }
        }
    }

    /// Shows a policy what an earlier program has seen. Without it the policy only knows less.
    private func remember(_ function: SteeredParts) async {
        do {
            let from = Date().timeIntervalSince1970 - SteeringLoops.past
            let decisions = try history.decisions(of: function.name, from: from, limit: 100_000).map(\.decision)
            if !decisions.isEmpty { _ = await function.rule?.replay(decisions) }
        } catch {
            logger.warning("\(function.name): what was seen before cannot be read: \(error)")
        }
    }
}

extension ServedTask {
    init(_ call: ServedCall) {
        self.init(
            function: call.function, id: call.id, arrived: call.arrival, waited: call.waited, service: call.served,
            status: call.status, deadline: call.deadline, met: call.met, end: call.end.rawValue)
    }
}

/// Says on standard output what is steered, once all is listened on.
struct SteerAnnouncement: Service {
    let plan: SteeringPlan
    let http: DaemonHTTP
    let ingress: FunctionIngress?
    let agents: EnvironmentServer?
    let keda: KEDAScaler?
    let format: AnswerFormat

    func run() async throws {
        try await http.waitUntilBound()
        let port = try await ingress?.waitUntilBound()
        let scaler = try await keda?.waitUntilBound()
        let endpoint = try await agents?.waitUntilBound()
        let names = plan.functions.map { "\($0.settings.function) (\($0.mode == .advise ? "advice only" : $0.policy))" }
        switch format {
        case .text:
            print("faasfarm \(FaaSFarm.version) steers \(names.joined(separator: ", ")) on \(plan.gateway.url)")
            if let port { print("calls are taken on http://127.0.0.1:\(port)/function/NAME") }
            if let endpoint { print("agents connect to \(endpoint)") }
            if let scaler { print("KEDA's external scaler is on \(scaler)") }
            print("look with faasfarm steer status --journal \(plan.journal); stop with Ctrl-C")
        case .json:
            var fields = ["version": FaaSFarm.version, "gateway": plan.gateway.url, "journal": plan.journal]
            if let port { fields["ingress"] = "http://127.0.0.1:\(port)" }
            if let endpoint { fields["endpoint"] = "\(endpoint)" }
            if let scaler { fields["keda"] = "\(scaler)" }
            try AnswerFormat.printJSON(fields)
        }
        fflush(nil)
        try await gracefulShutdown()
    }
}
