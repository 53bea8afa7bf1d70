import Foundation

/// Settings by their names, as JSON texts: what people write and read.
extension LearnerConfiguration {
    /// Names of all settings, those that have no value now included, sorted.
    public static var settingNames: [String] { Self().mirrored.map(\.name).sorted() }

    /// What a setting means and may be, in a line for people; nil for a name that is none of the algorithm's.
    public static func meaning(of name: String) -> String? { Self().mirrored.first { $0.name == name }?.setting.text }

    /// The settings, in the order of the properties.
    var mirrored: [(name: String, setting: any AnySetting)] {
        Mirror(reflecting: self).children.compactMap { child in
            guard let label = child.label, let setting = child.value as? any AnySetting else { return nil }
            // A wrapper's name begins with an underscore.
            return (String(label.dropFirst()), setting)
        }
    }

    /// All settings that have a value, sorted by name.
    public var entries: [(name: String, value: String)] {
        object.compactMap { key, value in
            guard
                let data = try? JSONSerialization.data(
                    withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
            else { return nil }
            return (key, String(decoding: data, as: UTF8.self))
        }.sorted { $0.name < $1.name }
    }

    /// The same with another value of a setting.
    ///
    /// - Parameters:
    ///   - name: one of ``settingNames``.
    ///   - text: JSON; a schedule is a number or an object such as `{"from": 1e-3, "to": 0}`. Text that is no JSON stands for
    ///     itself. `null` takes a setting's value away.
    /// - Throws: an unknown name, or a value of another kind, with what is there now.
    public func setting(_ name: String, to text: String) throws(LearningError) -> Self {
        guard Self.settingNames.contains(name) else {
            throw LearningError(
                .configuration,
                "\(algorithm) has no setting \"\(name)\"; it has \(Self.settingNames.joined(separator: ", "))")
        }
        var object = object
        let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        object[name] = value is NSNull ? nil : value ?? text
        guard let data = try? JSONSerialization.data(withJSONObject: object),
            let changed = JSONText.decode(Self.self, String(decoding: data, as: UTF8.self))
        else {
            let now = entries.first { $0.name == name }?.value ?? "null"
            throw LearningError(
                .configuration, "\(name) cannot be \(text); its value now is \(now), one of the same kind is expected")
        }
        try changed.validate()
        return changed
    }

    /// As a checkpoint keeps it.
    var text: String { JSONText.encode(self) ?? "{}" }

    private var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }
}
