/// A line of a task bag that is being read.
struct TaskBagLine {
    private static let keys = ["payload", "seconds", "headers", "deadline", "at", "id"]
    /// The farm sets these itself, or they would contradict the body.
    private static let reserved = ["x-task-id", "x-attempt", "content-length", "transfer-encoding", "connection"]

    private let values: [String: ArraySlice<UInt8>]
    private let line: Int
    private let file: String

    init(_ bytes: [UInt8], line: Int, file: String) throws(ScenarioError) {
        self.line = line
        self.file = file
        guard let object = JSONObjectText(bytes) else {
            throw ScenarioError(
                file: file, line: line,
                reason: "not a JSON object: \(String(decoding: bytes.prefix(60), as: UTF8.self))")
        }
        var values: [String: ArraySlice<UInt8>] = [:]
        for (key, value) in object.entries {
            let isKnown = TaskBagLine.keys.contains(key)
            let isNew = values.updateValue(value, forKey: key) == nil
            guard isKnown, isNew else {
                let reason =
                    isKnown
                    ? "the key \"\(key)\" comes twice"
                    : "unknown key \"\(key.prefix(60))\"\(NearMatches.hint(for: key, among: TaskBagLine.keys))"
                throw ScenarioError(file: file, line: line, reason: reason)
            }
        }
        self.values = values
    }

    func entry() throws(ScenarioError) -> TaskBag.Entry {
        TaskBag.Entry(
            id: try id(), at: try number("at") ?? 0, deadline: try number("deadline"), seconds: try number("seconds"),
            payload: values["payload"].map { value in
                JSONObjectText.string(value).map { Array($0.utf8) } ?? Array(value)
            },
            headers: try headers())
    }

    private func id() throws(ScenarioError) -> String {
        guard let value = values["id"] else { return "task-\(line)" }
        guard let id = JSONObjectText.string(value), (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { throw refusal("id must be text of 1 to 128 visible ASCII characters, got \(brief(value))") }
        return id
    }

    private func number(_ key: String) throws(ScenarioError) -> Double? {
        guard let value = values[key] else { return nil }
        guard let number = JSONObjectText.number(value), (0...1e9).contains(number) else {
            throw refusal("\(key) must be a number from 0 to 1000000000, got \(brief(value))")
        }
        return number
    }

    private func headers() throws(ScenarioError) -> [String: String] {
        guard let text = values["headers"] else { return [:] }
        guard let object = JSONObjectText(Array(text)) else {
            throw refusal("headers must be an object of strings, got \(brief(text))")
        }
        var headers: [String: String] = [:]
        for (name, text) in object.entries {
            guard let value = JSONObjectText.string(text) else {
                throw refusal("headers must be an object of strings, got \(brief(text)) for \"\(name.prefix(40))\"")
            }
            guard !name.isEmpty, name.utf8.allSatisfy(TaskBagLine.isTokenByte) else {
                throw refusal("a header's name is letters, digits and !#$%&'*+-.^_`|~, got \"\(name.prefix(40))\"")
            }
            guard !TaskBagLine.reserved.contains(name.lowercased()) else {
                throw refusal("the header \(name) is the farm's own; leave it out")
            }
            guard value.utf8.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7f }) else {
                throw refusal("the header \(name) has a control character in its value")
            }
            guard headers.updateValue(value, forKey: name) == nil else {
                throw refusal("the header \(name) comes twice")
            }
        }
        return headers
    }

    private func refusal(_ reason: String) -> ScenarioError { ScenarioError(file: file, line: line, reason: reason) }

    private func brief(_ value: ArraySlice<UInt8>) -> String { String(decoding: value.prefix(40), as: UTF8.self) }

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
