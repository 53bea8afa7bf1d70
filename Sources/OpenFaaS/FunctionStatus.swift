/// What a gateway says of a function. Gateways leave out what is zero.
public struct FunctionStatus: Codable, Sendable, Hashable {
    public var name: String
    public var image: String
    public var namespace: String?
    public var envProcess: String?
    public var envVars: [String: String]?
    public var labels: [String: String]?
    public var annotations: [String: String]?
    /// Asked for; absent means 0.
    public var replicas: Int
    /// Able to take a call; absent means 0. Only the single status has it everywhere: a list may leave it out.
    public var availableReplicas: Int
    /// Calls counted by the gateway's metrics, seconds late; only lists have it, and a restart may lower it.
    public var invocationCount: Int?
    /// RFC 3339, with or without fractions of a second.
    public var createdAt: String?

    public init(
        name: String, image: String, namespace: String? = nil, envProcess: String? = nil,
        envVars: [String: String]? = nil,
        labels: [String: String]? = nil, annotations: [String: String]? = nil, replicas: Int = 0,
        availableReplicas: Int = 0,
        invocationCount: Int? = nil, createdAt: String? = nil
    ) {
        self.name = name
        self.image = image
        self.namespace = namespace
        self.envProcess = envProcess
        self.envVars = envVars
        self.labels = labels
        self.annotations = annotations
        self.replicas = replicas
        self.availableReplicas = availableReplicas
        self.invocationCount = invocationCount
        self.createdAt = createdAt
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func count(_ key: CodingKeys) throws -> Int? {
            guard let number = try values.decodeIfPresent(Double.self, forKey: key) else { return nil }
            guard let count = Int(exactly: number.rounded()), count >= 0 else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: values, debugDescription: "\(key.stringValue) is \(number), expected a count")
            }
            return count
        }
        self.init(
            name: try values.decode(String.self, forKey: .name),
            image: try values.decodeIfPresent(String.self, forKey: .image) ?? "",
            namespace: try values.decodeIfPresent(String.self, forKey: .namespace),
            envProcess: try values.decodeIfPresent(String.self, forKey: .envProcess),
            envVars: try values.decodeIfPresent([String: String].self, forKey: .envVars),
            labels: try values.decodeIfPresent([String: String].self, forKey: .labels),
            annotations: try values.decodeIfPresent([String: String].self, forKey: .annotations),
            replicas: try count(.replicas) ?? 0,
            availableReplicas: try count(.availableReplicas) ?? 0,
            invocationCount: try count(.invocationCount),
            createdAt: try values.decodeIfPresent(String.self, forKey: .createdAt))
    }
}
