import GRPCCore

/// Who asks, and for which function.
struct ScaledObject: Sendable, Hashable {
    /// The `function` of the trigger's metadata, otherwise the ScaledObject's own name.
    let function: String

    private static let key = "function"
    /// No name in Kubernetes is longer.
    private static let longest = 253

    /// - Throws: `INVALID_ARGUMENT` with what is expected.
    init(_ reference: Externalscaler_ScaledObjectRef) throws(RPCError) {
        let metadata = reference.scalerMetadata
        if let wrong = metadata.keys.filter(ScaledObject.isMeantForFunction).min() {
            throw ScaledObject.invalid(
                "there is \"\(wrong)\" in the trigger's metadata; expected is \"function\", with the name of a "
                    + "steered function, or nothing where the ScaledObject has that name")
        }
        let name = metadata[ScaledObject.key] ?? reference.name
        guard !name.isEmpty, name.utf8.count <= ScaledObject.longest, name.utf8.allSatisfy(ScaledObject.isOfAName)
        else {
            let what = metadata[ScaledObject.key] == nil ? "the ScaledObject's name" : "the metadata's function"
            throw ScaledObject.invalid(
                "\(what) is \"\(name.prefix(ScaledObject.longest))\"; expected is the name of a steered function: 1 to "
                    + "\(ScaledObject.longest) letters, digits, dots, hyphens and underscores")
        }
        function = name
    }

    private static func invalid(_ reason: String) -> RPCError { RPCError(code: .invalidArgument, message: reason) }

    /// Whether a key is "function" wrongly written. Others are KEDA's, which may get more of them.
    private static func isMeantForFunction(_ text: String) -> Bool {
        guard text != key, text.utf8.count <= 16 else { return false }
        let lower = text.lowercased()
        return lower.hasPrefix("func") || lower.difference(from: key).count <= 2
    }

    private static func isOfAName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
