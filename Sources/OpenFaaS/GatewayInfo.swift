/// What a gateway says of itself. What it leaves out is empty.
public struct GatewayInfo: Codable, Sendable, Hashable {
    public struct Version: Codable, Sendable, Hashable {
        public var release: String?
        public var sha: String?
        public var commitMessage: String?

        enum CodingKeys: String, CodingKey {
            case release, sha
            case commitMessage = "commit_message"
        }
    }

    public struct Provider: Codable, Sendable, Hashable {
        /// Such as "faasd".
        public var provider: String?
        /// Such as "containerd" or "kubernetes".
        public var orchestration: String?
        public var version: Version?
    }

    public var provider: Provider?
    public var version: Version?
    public var arch: String?
}
