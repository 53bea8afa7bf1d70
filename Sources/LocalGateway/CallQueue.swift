import Curl
import Foundation
import HTTPTypes
import Logging
import Synchronization
import SystemErrors

/// `/async-function/`'s queue, and the worker that takes calls from it: as OpenFaaS's does, it calls the gateway like
/// anybody else, once, and sends what comes back to the call's callback, once.
final class CallQueue: Sendable {
    private let configuration: LocalGatewayConfiguration
    private let functions: FunctionTable
    private let client: HTTPClient
    private let logger: Logger
    private let metrics: GatewayMetrics
    private let faults: FaultPlan
    private let journal: QueueJournal?
    /// The number of the call that came last; held while the file is written.
    private let last: Mutex<Int>
    private let calls: AsyncStream<QueuedCall>
    private let waiting: AsyncStream<QueuedCall>.Continuation

    /// - Throws: ``LocalGatewayError`` when the queue's file cannot be used.
    init(
        configuration: LocalGatewayConfiguration, functions: FunctionTable, client: HTTPClient, metrics: GatewayMetrics,
        faults: FaultPlan, logger: Logger
    ) throws(LocalGatewayError) {
        self.configuration = configuration
        self.functions = functions
        self.client = client
        self.metrics = metrics
        self.faults = faults
        self.logger = logger
        (calls, waiting) = AsyncStream.makeStream()
        if let path = configuration.queueFile {
            journal = try QueueJournal(path: path)
        } else {
            journal = nil
        }
        last = Mutex(journal?.unfinished.last?.number ?? 0)
    }

    /// Puts a call behind the others, and into the file first.
    func add(
        _ function: String, target: String, headers: [QueuedCall.Header], body: Data, callID: String, callback: String?
    ) throws {
        let call = try last.withLock { last in
            last += 1
            let call = QueuedCall(
                number: last, function: function, target: target, headers: headers, body: body, callID: callID,
                callback: callback)
            try journal?.add(call)
            return call
        }
        waiting.yield(call)
    }

    /// Takes calls, oldest first, until cancelled. What then runs is not over, and begins again with the next gateway;
    /// but a callback that is on its way by then has `patience` to be answered, so that it is not sent a second time.
    func run(port: Int, patience: Duration) async {
        let places = Gate(max(1, configuration.queueConcurrency ?? configuration.profile.queueConcurrency))
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in await takeOver() }
            for await call in calls {
                await places.enter()
                guard !Task.isCancelled else { break }
                group.addTask { [self] in
                    await deliver(call, port: port, patience: patience)
                    places.leave()
                }
            }
            group.cancelAll()
        }
    }

    /// Queues the calls that an earlier gateway has left, oldest first. Functions end with the gateway that they were
    /// deployed to, so the calls of each wait until somebody deploys it again, for as long as a call may take.
    private func takeOver() async {
        let limit = ContinuousClock.now + configuration.upstreamTimeout
        var left = Dictionary(grouping: journal?.unfinished ?? [], by: \.function)
        while !left.isEmpty, !Task.isCancelled {
            let isOver = ContinuousClock.now >= limit
            let ready = left.filter { isOver || isAnswered($0.key) }
            for call in ready.values.joined().sorted(by: { $0.number < $1.number }) { waiting.yield(call) }
            for function in ready.keys { left[function] = nil }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Whether `function` is deployed, or can never be.
    private func isAnswered(_ function: String) -> Bool {
        guard let (name, namespace) = GatewayResponder.address(in: function[...]) else { return true }
        return namespace != GatewayResponder.namespace || functions[name] != nil
    }

    private func deliver(_ call: QueuedCall, port: Int, patience: Duration) async {
        let start = ContinuousClock.now
        let host = configuration.host == "::1" || configuration.host == "::" ? "[::1]" : "127.0.0.1"
        let pairs = call.headers.map { (name: $0.name, value: $0.value) }
        var answer = Curl.HTTPResponse(status: 503)
        do {
            answer = try await client.send(
                Curl.HTTPRequest(
                    "POST", "http://\(host):\(port)/function/\(call.target)",
                    headers: pairs + [(name: "X-Call-Id", value: call.callID)], body: Array(call.body),
                    timeout: configuration.upstreamTimeout))
        } catch {
            if Task.isCancelled { return }
            // Whatever ended the call, the callback says 503 with an empty body.
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if let callback = call.callback, faults.draw([.silent]).isEmpty {
            guard await report(answer, of: call, after: seconds, to: callback, patience: patience) else { return }
        }
        do {
            try last.withLock { _ in try journal?.end(call.number) }
        } catch {
            logger.error("the queue's file cannot be written: \(SystemFailure.reason(error))")
        }
    }

    /// Returns whether that is over: not when the gateway's end came first.
    private func report(
        _ answer: Curl.HTTPResponse, of call: QueuedCall, after seconds: Double, to callback: String, patience: Duration
    ) async -> Bool {
        var headers = Call.endToEnd(answer.headers)
        headers[.date] = nil
        if faults.draw([.nameless]).isEmpty {
            headers[.xCallID] = call.callID
            headers[.xFunctionName] = call.function
        }
        headers[.xFunctionStatus] = String(answer.status)
        headers[.xDurationSeconds] = String(format: "%.6f", seconds)
        let request = Curl.HTTPRequest(
            "POST", callback, headers: headers.map { (name: $0.name.rawName, value: $0.value) }, body: answer.body,
            timeout: .seconds(60))
        let sending = Task { [client] in try await client.send(request) }
        do {
            let response = try await withTaskCancellationHandler {
                try await sending.value
            } onCancel: {
                Task {
                    try? await Task.sleep(for: patience)
                    sending.cancel()
                }
            }
            metrics.callbackEnded(status: response.status)
            if !(200..<300).contains(response.status) {
                lost(
                    call,
                    because: "it was answered \(response.status); redirects are not followed, nothing is sent twice")
            }
        } catch {
            if Task.isCancelled { return false }
            metrics.callbackEnded(status: nil)
            lost(call, because: "\(error)")
        }
        return true
    }

    private func lost(_ call: QueuedCall, because reason: String) {
        logger.warning(
            "a callback was lost",
            metadata: ["call": "\(call.callID)", "function": "\(call.function)", "reason": "\(reason)"])
    }
}

extension HTTPField.Name {
    /// Tokens, so these never trap.
    static let xCallbackURL = HTTPField.Name("X-Callback-Url")!
    static let xFunctionName = HTTPField.Name("X-Function-Name")!
    static let xFunctionStatus = HTTPField.Name("X-Function-Status")!
}
