import Curl
import Foundation
import OpenFaaS

/// Whether a gateway and its functions are as a farm needs them. It calls each function once.
public struct GatewayChecks: Sendable {
    let address: String
    let username: String
    let passwordFile: String?
    let functions: [String]
    let timeout: Duration
    let taskSeconds: Double
    let mayScale: Bool

    /// - Parameters:
    ///   - address: the gateway's.
    ///   - passwordFile: a file with its password; nil: it asks for none.
    ///   - functions: names of functions to call.
    ///   - timeout: for each call to the gateway; a function gets more.
    ///   - taskSeconds: how long the task is that functions are called with.
    ///   - mayScale: whether functions may be scaled to nothing, and back.
    public init(
        address: String, username: String = "admin", passwordFile: String? = nil, functions: [String] = [],
        timeout: Duration = .seconds(5), taskSeconds: Double = 0.001, mayScale: Bool = false
    ) {
        self.address = address
        self.username = username
        self.passwordFile = passwordFile
        self.functions = functions
        self.timeout = timeout
        self.taskSeconds = taskSeconds
        self.mayScale = mayScale
    }

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
        let provider = (try? await client.info())?.provider?.provider ?? ""
        var findings = [gateway, password, await compareClocks(client)]
        for name in functions {
            guard password.status == .ok else {
                findings.append(.skip("function \(name)", "the gateway does not let us ask"))
                continue
            }
            findings += await FunctionChecks(
                name: name, client: client, known: known, provider: provider, taskSeconds: taskSeconds,
                mayScale: mayScale
            ).run()
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
        let begun = ContinuousClock.now
        do {
            let known = try await client.functions().map(\.name)
            let login = passwordFile == nil && client.address.credentials == nil ? "none is asked for" : "accepted"
            return (.ok("password", "\(login); functions there: \(known.count)"), known)
        } catch let error as GatewayError where error.kind == .unauthorized && passwordFile == nil {
            return (.fail("password", "the gateway wants one: write it into a file, and give --password-file"), [])
        } catch let error as GatewayError
            where error.kind == .connectionLost
            && ContinuousClock.now - begun < .seconds(1)
        {
            let milliseconds = Int(((ContinuousClock.now - begun) / .milliseconds(1)).rounded())
            return (
                .fail(
                    "password",
                    "the gateway broke off GET /system/functions after \(milliseconds) ms. OpenFaaS's does so when its "
                        + "Prometheus is away, which it asks for the counts of calls: see that Prometheus runs"), []
            )
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
}
