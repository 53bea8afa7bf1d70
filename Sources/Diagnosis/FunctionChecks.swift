import Farm
import Foundation
import OpenFaaS

/// Whether a function is as a farm needs it: what its description says, what a call comes to, and, where that may be
/// tried, whether it finishes its call when it is stopped.
struct FunctionChecks {
    let name: String
    let client: GatewayClient
    /// The gateway's functions, for the message about one that is not there.
    let known: [String]
    /// The gateway's provider, such as "faasd"; empty where it does not say.
    let provider: String
    /// How long the task is that it is called with, in seconds.
    let taskSeconds: Double
    /// Whether it may be scaled to nothing, and back.
    let mayScale: Bool

    private var check: String { "function \(name)" }

    func run() async -> [Finding] {
        do {
            guard let status = try await client.function(name) else {
                let others = known.isEmpty ? "none" : known.sorted().prefix(8).joined(separator: ", ")
                return [
                    .fail(
                        check,
                        "the gateway has no such function; it has: \(others). Deploy it, or correct --functions")
                ]
            }
            let called = try await call(status)
            var findings = [called] + remarks(on: status, isCalled: called.status == .ok)
            if mayScale, called.status == .ok { findings.append(await tryToStop(status)) }
            return findings
        } catch {
            return [.fail(check, "\(error)")]
        }
    }

    private func task(_ seconds: Double) -> TaskCall {
        let body = #"{"id":"doctor","ms":\#(Int((seconds * 1_000).rounded(.up)))}"#
        // A function may have to be started first.
        return TaskCall(
            headers: [("Content-Type", "application/json")], body: Array(body.utf8), timeout: .seconds(seconds + 30))
    }

    private func call(_ status: FunctionStatus) async throws -> Finding {
        let replicas = "\(status.availableReplicas) of \(status.replicas) replicas ready"
        let begun = ContinuousClock.now
        do {
            let answer = try await client.invoke(name, task(taskSeconds))
            if answer.text.contains("bad scaling factor") {
                return .fail(check, "\(replicas), and each call is refused (\(answer.status)): \(Self.scaleFactor)")
            }
            let milliseconds = Int((answer.seconds * 1_000).rounded())
            switch AttemptOutcome.classify(.success(answer)) {
            case .done: return .ok(check, "\(replicas); a task was answered in \(milliseconds) ms")
            case .collision: return .ok(check, "\(replicas), busy with other calls")
            case .refused(let reason), .shortage(let reason), .retry(let reason), .failed(let reason),
                .fatal(let reason, _):
                return .fail(check, "\(replicas), but a task ended with: \(reason); look at the function's log")
            }
        } catch let error as GatewayError where error.kind == .connectionLost {
            let seconds = ((ContinuousClock.now - begun) / .seconds(1) * 10).rounded() / 10
            return .fail(
                check,
                "\(replicas), but the connection ended without an answer after \(seconds) s: write_timeout, of the gateway "
                    + "or the function's watchdog, is shorter than a task of \(taskSeconds) s, or the gateway ended")
        }
    }

    /// What the description shows before it does harm.
    private func remarks(on status: FunctionStatus, isCalled: Bool) -> [Finding] {
        var findings: [Finding] = []
        if status.labels?["com.openfaas.scale.factor"] == "0", isCalled {
            findings.append(.warn("\(check), label", "this gateway takes calls nevertheless, but \(Self.scaleFactor)"))
        }
        if provider.contains("faasd"), let variables = status.envVars, variables["healthcheck_interval"] == nil {
            findings.append(
                .warn(
                    "\(check), deletion",
                    "it has no healthcheck_interval in its environment: on faasd a deletion then takes 30 s, ends in "
                        + "status 500, and the function is there again; deploy it with healthcheck_interval=1s"))
        }
        return findings
    }

    private static let scaleFactor =
        "with the label com.openfaas.scale.factor \"0\", a gateway that scales from zero answers each call 404 \"bad "
        + "scaling factor\". Take the label off; to keep OpenFaaS's autoscaler away, install without Alertmanager "
        + "(alertmanager.create: false)"

    /// Calls it with a task of seconds, and scales it to nothing meanwhile.
    private func tryToStop(_ status: FunctionStatus) async -> Finding {
        let check = "\(check), stop"
        let seconds = max(2, taskSeconds)
        async let result = Result { [client, name, task = task(seconds)] in try await client.invoke(name, task) }
        try? await Task.sleep(for: .seconds(0.7))
        do {
            try await client.scale(name, to: 0)
        } catch {
            _ = await result
            return .skip(check, "it could not be scaled to 0: \(error)")
        }
        let outcome = await result
        do {
            try await client.scale(name, to: max(1, status.replicas))
        } catch {
            return .fail(check, "it was scaled to 0 and could not be scaled back to \(status.replicas): \(error)")
        }
        return verdict(outcome, check, seconds)
    }

    private func verdict(
        _ outcome: Result<FunctionAnswer, any Error>, _ check: String, _ seconds: Double
    ) -> Finding {
        switch outcome {
        case .success(let answer) where answer.status / 100 == 2 && answer.seconds < 0.7:
            return .skip(check, "it answered a task of \(seconds) s before it was stopped: nothing was tried")
        case .success(let answer) where answer.status / 100 == 2:
            return .ok(check, "it finished its task of \(seconds) s while it was scaled down")
        case .success(let answer):
            let source = answer.internalSource.map { ", from \($0)" } ?? ""
            return .fail(
                check,
                "its call ended with status \(answer.status)\(source) when it was scaled down: it does not finish its task "
                    + "on SIGTERM. Each scale-down will cost running tasks an attempt: let it take no new task on SIGTERM, "
                    + "end the running one, then exit (`faasfarm worker` does), with a termination grace over a task's time"
            )
        case .failure(let error):
            return .fail(
                check, "its call ended when it was scaled down: \(error); it should finish its task on SIGTERM")
        }
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous call came to.
    fileprivate init(_ body: @Sendable () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
