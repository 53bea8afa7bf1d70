import Curl
import Farm
import OpenFaaS

/// Calls functions directly.
struct DirectInvoker: TaskInvoker {
    let pool: GatewayPool

    func perform(_ attempt: TaskAttempt) async -> AttemptEnd {
        let result: Result<FunctionAnswer, any Error>
        do {
            result = .success(try await pool.gateway.invoke(attempt.worker, attempt.call))
        } catch {
            result = .failure(error)
        }
        return AttemptEnd(result)
    }

    func shortage(of calls: Int) -> String? { pool.shortage(of: calls) }
}

extension GatewayPool {
    /// What is short when so many calls are to run at a time.
    func shortage(of calls: Int) -> String? {
        // On a gateway in this program a call is both ends of a connection, and one to the worker.
        OpenFiles.shortage(of: calls, filesEach: isPrivate ? 3 : 1)
    }
}

extension AttemptEnd {
    /// What the end of a call through the gateway means.
    init(_ result: Result<FunctionAnswer, any Error>) {
        let outcome = AttemptOutcome.classify(result)
        let reception: Reception =
            switch (outcome, result) {
            case (.refused, .failure): .away
            case (.refused, .success(let answer)):
                answer.text.hasPrefix("error finding function") ? .unfound : .refused
            case (.done, _), (.retry, .success), (.failed, .success): .taken
            case (.collision, _), (.shortage, _), (.retry, _), (.failed, _), (.fatal, _): .nothing
            }
        self.init(outcome, reception)
        switch result {
        case .success(let answer):
            self.answer = WorkerAnswer(
                status: answer.status, headers: answer.headers, body: answer.body, seconds: answer.seconds)
        case .failure(let error):
            message = "\(error)"
            guard let error = error as? GatewayError else { return }
            if error.kind == .connectionLost { notes = [FarmNote(.connectionLost, error.message)] }
            if error.kind == .noCallback {
                isLost = true
                notes = [FarmNote(.missingCallbacks, "callbacks are missing: \(error)")]
            }
        }
    }
}
