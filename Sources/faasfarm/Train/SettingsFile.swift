import ArgumentParser
import Foundation
import Learning
import Yams

/// Hyper-parameters from a YAML file: a name and a value a line, as `--show-settings` prints them; `preset` names where to begin.
struct SettingsFile {
    /// The preset that the file begins with.
    private(set) var preset: String?
    /// Names and JSON texts, in the order of names.
    private(set) var settings: [(name: String, value: String)] = []

    /// - Throws: a file that cannot be read or is no mapping.
    init(path: String) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ValidationError("there is no readable settings file \(path)")
        }
        try self.init(yaml: text, file: path)
    }

    init(yaml: String, file: String) throws {
        let tree: Any?
        do { tree = try Yams.load(yaml: yaml) } catch { throw ValidationError("\(file) is no YAML: \(error)") }
        guard let entries = tree as? [String: Any] else {
            throw ValidationError("\(file) must be lines of NAME: VALUE, such as \"epochs: 4\"")
        }
        for (name, value) in entries.sorted(by: { $0.key < $1.key }) {
            if name == "preset" {
                preset = "\(value)"
                continue
            }
            guard JSONSerialization.isValidJSONObject([value]),
                let data = try? JSONSerialization.data(
                    withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
            else { throw ValidationError("\(file): \(name) must be a number, a text, a list or a mapping") }
            settings.append((name, String(decoding: data, as: UTF8.self)))
        }
    }

    /// All settings as such a file, with what each means.
    static func text(_ configuration: some LearnerConfiguration) -> String {
        configuration.entries.map { entry in
            let meaning = type(of: configuration).meaning(of: entry.name).map { "# \($0)\n" } ?? ""
            return "\(meaning)\(entry.name): \(entry.value)\n"
        }.joined()
    }
}
