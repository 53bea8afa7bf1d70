import Foundation
import StubGateway
import Synchronization

/// A gateway whose functions have one replica each, as faasd's.
final class FunctionGateway: Sendable {
    struct State {
        /// Whether each function has its replica.
        var functions: [String: Bool] = [:]
        var limit = Int.max
        /// The next so many deletions fail, as faasd's do while a task runs.
        var failingDeletions = 0
        var deployed: [String] = []
        var deleted: [String] = []
        /// The function of each call, in order.
        var calls: [String] = []
        var mostFunctions = 0
        var callDelay: Duration = .zero
        /// Deletions are answered so late; the function is gone at once.
        var deletionDelay: Duration = .zero
        /// Calls of functions that were not there.
        var strayCalls = 0
        /// How often deploying a function is refused because its remains are there, as faasd does after a deletion.
        var snapshots: [String: Int] = [:]
        /// How long the gateway goes on telling of a function that it has deleted, as Kubernetes does.
        var lingering = Duration.zero
        var dying: [String: ContinuousClock.Instant] = [:]
        /// The next deletion is answered 404, and the function is there again so much later.
        var comingBack: Duration?
        var returning: [String: ContinuousClock.Instant] = [:]
        /// Of functions that are there.
        var annotations: [String: [String: String]] = [:]
        /// Of the last deployment.
        var envVars: [String: String] = [:]
    }

    let state: Mutex<State>

    init(_ state: State = State()) {
        self.state = Mutex(state)
    }

    func answer(_ request: StubRequest) -> StubAnswer {
        let words = request.path.split(separator: "/").map(String.init)
        let body = (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]) ?? [:]
        return state.withLock { state in
            let now = ContinuousClock.now
            for (name, time) in state.returning where time <= now {
                state.returning[name] = nil
                state.functions[name] = false
            }
            state.dying = state.dying.filter { $0.value > now }
            switch (request.method, words.first, words.last) {
            case (_, "function", let name?):
                guard state.functions[name] != nil else {
                    state.strayCalls += 1
                    return .text("error finding function", status: 404)
                }
                state.functions[name] = true
                state.calls.append(name)
                return .text("done", delay: state.callDelay)
            case ("GET", _, "functions"):
                let list = state.functions.keys.sorted().map { status($0, in: state) }
                return .json("[\(list.joined(separator: ","))]")
            case ("POST", _, "functions"):
                state.envVars = body["envVars"] as? [String: String] ?? [:]
                let name = body["service"] as? String ?? ""
                let answer = deploy(name, in: &state)
                if answer.status == 200 { state.annotations[name] = body["annotations"] as? [String: String] }
                return answer
            case ("DELETE", _, "functions"): return delete(body["functionName"] as? String ?? "", in: &state)
            case ("POST", _, let name?):
                guard state.functions[name] != nil else { return .text("service \(name) not found", status: 404) }
                state.functions[name] = true
                return .text("")
            case ("GET", _, let name?):
                if state.dying[name] != nil {
                    return .json(#"{"name":"\#(name)","image":"i","replicas":1,"availableReplicas":1}"#)
                }
                return state.functions[name] == nil ? .text("", status: 404) : .json(status(name, in: state))
            default: return .text("404 page not found", status: 404)
            }
        }
    }

    private func deploy(_ name: String, in state: inout State) -> StubAnswer {
        if state.dying[name] != nil {
            return .text("unable create Deployment: object is being deleted: \(name) already exists", status: 500)
        }
        if let left = state.snapshots[name], left > 0 {
            state.snapshots[name] = left - 1
            return .text("unable to create container: snapshot \"\(name)-snapshot\": already exists", status: 400)
        }
        guard state.functions[name] == nil else { return .text("\(name) already exists", status: 400) }
        guard state.functions.count < state.limit else { return .text("no more functions", status: 400) }
        state.functions[name] = true
        state.deployed.append(name)
        state.mostFunctions = max(state.mostFunctions, state.functions.count)
        return .text("")
    }

    private func delete(_ name: String, in state: inout State) -> StubAnswer {
        guard state.functions[name] != nil else { return .text("service \(name) not found", status: 404) }
        if state.failingDeletions > 0 {
            state.failingDeletions -= 1
            state.functions[name] = false
            return .text("cannot delete running task \(name): failed precondition", status: 500)
        }
        state.functions[name] = nil
        state.deleted.append(name)
        if let pause = state.comingBack {
            state.comingBack = nil
            state.returning[name] = .now + pause
            return .text("service \(name) not found", status: 404)
        }
        if state.lingering > .zero { state.dying[name] = .now + state.lingering }
        return .text("", delay: state.deletionDelay)
    }

    private func status(_ name: String, in state: State) -> String {
        let counts = state.functions[name] == true ? #","replicas":1,"availableReplicas":1"# : ""
        let annotations = (state.annotations[name] ?? [:]).map { #""\#($0)":"\#($1)""# }.joined(separator: ",")
        return #"{"name":"\#(name)","image":"i"\#(counts),"annotations":{\#(annotations)}}"#
    }
}
