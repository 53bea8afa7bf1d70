public import Farm
import Yams

extension SteeringPlan {
    /// Functions that a file may have.
    private static let mostFunctions = 1_000

    /// Reads a configuration (docs/steering.md has the keys).
    ///
    /// - Parameter file: its name, for messages.
    /// - Throws: `ScenarioError` with file, line and reason: what was got and what is expected.
    public init(yaml: String, file: String) throws(ScenarioError) {
        let document = try ScenarioDocument(
            try ScenarioText.compose(yaml, file: file), file: file, keys: ["gateway", "journal", "listen", "functions"])
        guard let node = document.node("functions") else {
            throw document.error(
                "functions is missing; give a list, as in functions: [{function: resize, policy: experts}]")
        }
        guard let nodes = node.sequence, (1...SteeringPlan.mostFunctions).contains(nodes.count) else {
            throw document.error(
                "functions must be a list of 1 to \(SteeringPlan.mostFunctions) functions", at: "functions")
        }
        var functions: [FunctionPlan] = []
        for (index, node) in nodes.enumerated() {
            functions.append(
                try FunctionPlan(
                    ScenarioDocument(node, file: file, path: "functions[\(index)]", keys: FunctionPlan.keys)))
        }
        let names = functions.flatMap { plan in
            [plan.settings.function] + plan.pool.filter { $0 != plan.settings.function }
        }
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw document.error("\"\(twice)\" is steered twice; a function belongs to one entry", at: "functions")
        }
        self.init(
            gateway: try Gateway(document), journal: try document.text("journal") ?? "steer.sqlite",
            functions: functions)
        listeners = try Listeners(document)
        if listeners.ingress == nil, let plan = functions.first(where: { $0.source == .ingress }) {
            throw document.error(
                "\(plan.settings.function) has source: ingress, and there is no listen.ingress; give HOST:PORT, as in "
                    + "listen: {ingress: \"127.0.0.1:9100\"}", at: "functions")
        }
    }
}

extension SteeringPlan.Gateway {
    fileprivate init(_ document: ScenarioDocument) throws(ScenarioError) {
        let keys = ["url", "username", "password_file", "ca", "namespace", "metrics_url"]
        guard let part = try document.document("gateway", keys: keys) else {
            throw document.error("gateway is missing; give gateway: {url: \"http://127.0.0.1:8080\"}")
        }
        guard let url = try part.text("url") else {
            throw part.error("gateway.url is missing; give http://HOST:PORT")
        }
        self.init(url: url)
        username = try part.text("username") ?? username
        passwordFile = try part.text("password_file")
        authorities = try part.text("ca")
        namespace = try part.text("namespace")
        metricsURL = try part.text("metrics_url")
    }
}

extension SteeringPlan.Listeners {
    fileprivate init(_ document: ScenarioDocument) throws(ScenarioError) {
        self.init()
        let keys = ["ingress", "metrics", "page", "agents", "keda", "keda_certificate", "keda_key", "keda_client_ca"]
        guard let part = try document.document("listen", keys: keys) else { return }
        ingress = try part.text("ingress")
        metrics = try part.text("metrics")
        page = try part.text("page")
        agents = try part.text("agents")
        keda = try part.text("keda")
        kedaCertificate = try part.text("keda_certificate")
        kedaKey = try part.text("keda_key")
        kedaClients = try part.text("keda_client_ca")
    }
}
