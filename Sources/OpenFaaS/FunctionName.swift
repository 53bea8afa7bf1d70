/// The rule for names of functions and namespaces: DNS labels, so that every gateway takes them.
public enum FunctionName {
    /// 1 to 63 of a–z, 0–9 and "-", with a letter or digit at both ends.
    public static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else {
            return false
        }
        return bytes.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }

    /// - Parameter subject: what the name names, for the message.
    /// - Throws: ``GatewayError`` of kind ``GatewayError/Kind/invalidName``.
    public static func check(_ name: String, _ subject: String = "function") throws {
        guard !isValid(name) else { return }
        throw GatewayError(
            .invalidName,
            "\"\(name)\" (\(name.utf8.count) bytes) cannot name a \(subject): expected 1 to 63 of a–z, 0–9 and \"-\", "
                + "beginning and ending with a letter or digit"
                + (name.contains(".") ? "; a namespace is given apart from the name" : ""))
    }
}
