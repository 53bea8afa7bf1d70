import Curl
import Foundation
import OpenFaaS

/// Whether a gateway and its functions are as a farm needs them. It calls each function once.
struct GatewayChecks {
    let address: String
    let username: String
    let passwordFile: String?
    let functions: [String]
    /// For each call to the gateway; a function gets ``functionTimeout``.
    let timeout: Duration
    /// A function may have to be started first.
    var functionTimeout = Duration.seconds(30)

    func run() async -> [Finding] {
        let client: GatewayClient
        do {
            let credentials = try passwordFile.map { try GatewayCredentials(username: username, passwordFile: $0) }
            client = GatewayClient(address: try GatewayAddress(address), credentials: credentials, callTimeout: timeout)
        } catch {
            return [.fail("gateway", "\(error)")]
        }
        let names = functions.map { "function \($0)" }
        let gateway = await reach(client)
        guard gateway.status == .ok else {
            return [gateway]
                + (["password", "gateway's clock"] + names).map { .skip($0, "the gateway is not reached") }
        }
        let (password, known) = await logIn(client)
        var findings = [gateway, password, await compareClocks(client)]
        for name in functions {
            guard password.status == .ok else {
                findings.append(.skip("function \(name)", "the gateway does not let us ask"))
                continue
            }
            findings.append(await call(name, client, known: known))
        }
        return findings
    }

    private func reach(_ client: GatewayClient) async -> Finding {
        do {
            try await client.health()
            return .ok("gateway", "\(client.address) is up")
        } catch {
            return .fail("gateway", "\(error)")
        }
    }

    private func logIn(_ client: GatewayClient) async -> (finding: Finding, known: [String]) {
        do {
            let known = try await client.functions().map(\.name)
            let login = passwordFile == nil && client.address.credentials == nil ? "none is asked for" : "accepted"
            return (.ok("password", "\(login); functions there: \(known.count)"), known)
        } catch let error as GatewayError where error.kind == .unauthorized && passwordFile == nil {
            return (.fail("password", "the gateway wants one: write it into a file, and give --password-file"), [])
        } catch {
            return (.fail("password", "\(error)"), [])
        }
    }

    private func compareClocks(_ client: GatewayClient) async -> Finding {
        let asked = Date()
        let request = HTTPRequest("GET", client.address.url + "/healthz", timeout: timeout)
        guard let response = try? await HTTPClient().send(request) else {
            return .skip("gateway's clock", "the gateway did not answer a second time")
        }
        return ClockCheck.skew(response["Date"], asked: asked, answered: Date())
    }

    private func call(_ name: String, _ client: GatewayClient, known: [String]) async -> Finding {
        let check = "function \(name)"
        do {
            guard let status = try await client.function(name) else {
                let others = known.isEmpty ? "none" : known.sorted().prefix(8).joined(separator: ", ")
                return .fail(
                    check, "the gateway has no such function; it has: \(others). Deploy it, or correct --functions")
            }
            let replicas = "\(status.availableReplicas) of \(status.replicas) replicas ready"
            let task = FunctionCall(
                headers: [("Content-Type", "application/json")], body: Array(#"{"id":"doctor","ms":1}"#.utf8),
                timeout: functionTimeout)
            let answer = try await client.invoke(name, task)
            let milliseconds = Int((answer.seconds * 1_000).rounded())
            switch AttemptOutcome.classify(.success(answer)) {
            case .done: return .ok(check, "\(replicas); a task was answered in \(milliseconds) ms")
            case .collision: return .ok(check, "\(replicas), busy with other calls")
            case .refused(let reason), .shortage(let reason), .retry(let reason), .failed(let reason),
                .fatal(let reason, _):
                return .fail(check, "\(replicas), but a task ended with: \(reason); look at the function's log")
            }
        } catch {
            return .fail(check, "\(error)")
        }
    }
}
