import Foundation

/// What a client deploys: the body of POST and PUT `/system/functions`.
struct FunctionSpecification: Decodable, Sendable, Equatable {
    struct Resources: Codable, Sendable, Equatable {
        var memory: String?
        var cpu: String?
    }

    var service: String
    var namespace: String
    var image: String
    var envProcess: String
    var envVars: [String: String]
    var labels: [String: String]
    var annotations: [String: String]
    var secrets: [String]
    var limits: Resources?
    var requests: Resources?

    private enum Key: String, CodingKey {
        case service, namespace, image, envProcess, envVars, labels, annotations, secrets, limits, requests
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func optional<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T? {
            try container.decodeIfPresent(type, forKey: key)
        }
        service = try optional(String.self, .service) ?? ""
        namespace = try optional(String.self, .namespace) ?? ""
        image = try optional(String.self, .image) ?? ""
        envProcess = try optional(String.self, .envProcess) ?? ""
        envVars = try optional([String: String].self, .envVars) ?? [:]
        labels = try optional([String: String].self, .labels) ?? [:]
        annotations = try optional([String: String].self, .annotations) ?? [:]
        secrets = try optional([String].self, .secrets) ?? []
        limits = try optional(Resources.self, .limits)
        requests = try optional(Resources.self, .requests)
    }

    /// The number in the label `com.openfaas.scale.NAME`; nil when there is none.
    func scaleLabel(_ name: String) -> Int? { labels["com.openfaas.scale." + name].flatMap { Int($0) } }

    /// The path that its annotations name for telling whether a replica is ready; nil: they name none.
    var healthPath: String? {
        ["ready", "health"].lazy.compactMap { annotations["com.openfaas.\($0).http.path"] }.first { $0.hasPrefix("/") }
    }

    /// Labels and annotations that mean something to an OpenFaaS, and nothing to this gateway.
    ///
    /// - Parameter probesFunctions: whether ``healthPath`` is asked for.
    func unheeded(probesFunctions: Bool) -> [String] {
        var found = ["zero", "zero-duration", "type", "target", "target-proportion"].map { "com.openfaas.scale." + $0 }
            .filter { labels[$0] != nil }
            .map { "the label \($0) has no effect: this gateway has no autoscaler" }
        if !probesFunctions, let healthPath {
            found.append("the health path \(healthPath) has no effect: this edition probes the watchdog")
        }
        if let minimum = scaleLabel("min"), let maximum = scaleLabel("max"), minimum > maximum {
            found.append("the label com.openfaas.scale.min is \(minimum), more than com.openfaas.scale.max, \(maximum)")
        }
        return found
    }

    /// How many replicas a new function has: the label `com.openfaas.scale.min`, 1 without it.
    func initialReplicas(maximum: Int) throws(Refusal) -> Int {
        guard let text = labels["com.openfaas.scale.min"] else { return 1 }
        guard let count = Int(text), (0...maximum).contains(count) else {
            throw Refusal(
                400, "the label com.openfaas.scale.min must be a number of replicas, 0 to \(maximum); got \"\(text)\"")
        }
        return count
    }
}

/// The rule for names of functions.
enum FunctionNameRule {
    /// A DNS label: 1 to 63 of a–z, 0–9 and "-", with a letter or digit at both ends.
    static func allows(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else {
            return false
        }
        return bytes.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }

    static func check(_ name: String) throws(Refusal) {
        guard !allows(name) else { return }
        throw Refusal(
            400,
            name.isEmpty
                ? "service is missing: give the function a name"
                : "\"\(name)\" cannot name a function: a name has 1 to 63 characters of a-z, 0-9 and \"-\", and begins and ends "
                    + "with a letter or digit")
    }
}
