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
    }

    let state: Mutex<State>

    init(_ state: State = State()) {
        self.state = Mutex(state)
    }

    func answer(_ request: StubRequest) -> StubAnswer {
        let words = request.path.split(separator: "/").map(String.init)
        let body = (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]) ?? [:]
        return state.withLock { state in
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
            case ("POST", _, "functions"): return deploy(body["service"] as? String ?? "", in: &state)
            case ("DELETE", _, "functions"): return delete(body["functionName"] as? String ?? "", in: &state)
            case ("POST", _, let name?):
                guard state.functions[name] != nil else { return .text("service \(name) not found", status: 404) }
                state.functions[name] = true
                return .text("")
            case ("GET", _, let name?):
                return state.functions[name] == nil ? .text("", status: 404) : .json(status(name, in: state))
            default: return .text("404 page not found", status: 404)
            }
        }
    }

    private func deploy(_ name: String, in state: inout State) -> StubAnswer {
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
        return .text("", delay: state.deletionDelay)
    }

    private func status(_ name: String, in state: State) -> String {
        let counts = state.functions[name] == true ? #","replicas":1,"availableReplicas":1"# : ""
        return #"{"name":"\#(name)","image":"i"\#(counts)}"#
    }
}
