import Foundation

/// Looks for a key that an object of a JSON text has twice, which JSONDecoder takes without a word: the last one counts.
enum JSONKeys {
    /// - Parameter text: JSON that JSONDecoder reads.
    /// - Returns: a key that comes twice in one object; nil where there is none.
    static func repeated(in text: some Collection<UInt8>) -> String? {
        // The keys of each object that is open; an array has a level of its own, without any.
        var open: [Set<String>] = []
        var string: [UInt8] = []
        var isInString = false
        var isEscaped = false
        // The last string outside of which nothing but blanks has come: a key, if a colon comes now.
        var last: [UInt8]?
        for byte in text {
            if isInString {
                if !isEscaped, byte == UInt8(ascii: "\"") {
                    isInString = false
                    last = string
                } else {
                    string.append(byte)
                    isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): (isInString, isEscaped, string) = (true, false, [])
            case UInt8(ascii: "{"), UInt8(ascii: "["): open.append([])
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
            case UInt8(ascii: ":"):
                guard let key = last.flatMap(decoded), !open.isEmpty else { continue }
                guard open[open.count - 1].insert(key).inserted else { return key }
            case UInt8(ascii: ","): last = nil
            default: break
            }
        }
        return nil
    }

    private static func decoded(_ bytes: [UInt8]) -> String? {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        let quoted = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        return try? JSONDecoder().decode(String.self, from: Data(quoted))
    }
}
