/// A function to deploy.
public struct FunctionDeployment: Codable, Sendable, Hashable {
    /// The function's name; empty in what several functions are made after.
    public var service: String
    public var image: String
    /// Command line of the function's process.
    public var envProcess: String?
    public var envVars: [String: String]?
    public var labels: [String: String]?
    public var annotations: [String: String]?
    /// nil: the client's.
    public var namespace: String?

    public init(
        service: String = "", image: String, envProcess: String? = nil, envVars: [String: String]? = nil,
        labels: [String: String]? = nil, annotations: [String: String]? = nil, namespace: String? = nil
    ) {
        self.service = service
        self.image = image
        self.envProcess = envProcess
        self.envVars = envVars
        self.labels = labels
        self.annotations = annotations
        self.namespace = namespace
    }
}
