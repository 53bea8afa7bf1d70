import Foundation

/// The keys of a JSON object with the text of their values, as it was written: numbers keep their last digit, which they
/// lose when they are read and written again.
struct JSONObjectText {
    /// In the order of the text. A key may come twice.
    let entries: [(key: String, value: ArraySlice<UInt8>)]

    /// Nil when `bytes` is no JSON object.
    init?(_ bytes: [UInt8]) {
        // JSON has no NUL; Foundation would take one for a sign of UTF-16.
        guard !bytes.contains(0), (try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any] else {
            return nil
        }
        var scanner = Scanner(rest: bytes[...])
        guard let entries = scanner.entries() else { return nil }
        self.entries = entries
    }

    /// The string that the text of a value stands for; nil when it is none.
    static func string(_ value: ArraySlice<UInt8>) -> String? {
        value.first == UInt8(ascii: "\"") ? try? JSONDecoder().decode(String.self, from: Data(value)) : nil
    }

    /// The number that the text of a value stands for; nil when it is none.
    static func number(_ value: ArraySlice<UInt8>) -> Double? {
        guard let first = value.first,
            first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        else {
            return nil
        }
        return Double(String(decoding: value, as: UTF8.self))
    }

    /// Cuts text that is known to be a JSON object.
    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func entries() -> [(key: String, value: ArraySlice<UInt8>)]? {
            var entries: [(key: String, value: ArraySlice<UInt8>)] = []
            skipSpace()
            guard take("{") else { return nil }
            skipSpace()
            if take("}") { return entries }
            while true {
                skipSpace()
                guard let key = JSONObjectText.string(value()) else { return nil }
                skipSpace()
                guard take(":") else { return nil }
                skipSpace()
                entries.append((key, value()))
                skipSpace()
                if take("}") { return entries }
                guard take(",") else { return nil }
            }
        }

        private mutating func take(_ byte: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: byte) else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func skipSpace() { rest = rest.drop { " \t\r\n".utf8.contains($0) } }

        /// Up to the comma, colon, bracket or space that ends it on its own level.
        private mutating func value() -> ArraySlice<UInt8> {
            var depth = 0
            var isInString = false
            var isEscaped = false
            var index = rest.startIndex
            scan: while index < rest.endIndex {
                let byte = Unicode.Scalar(rest[index])
                if isInString {
                    if isEscaped {
                        isEscaped = false
                    } else if byte == "\\" {
                        isEscaped = true
                    } else if byte == "\"" {
                        isInString = false
                    }
                } else {
                    switch byte {
                    case "\"": isInString = true
                    case "{", "[": depth += 1
                    case "}", "]", ",", ":", " ", "\t", "\r", "\n":
                        if depth == 0 { break scan }
                        if byte == "}" || byte == "]" { depth -= 1 }
                    default: break
                    }
                }
                index += 1
            }
            defer { rest = rest[index...] }
            return rest[..<index]
        }
    }
}
