/// A hyper-parameter: its name, its default, what it may be and what it means, each said once, where a configuration has the
/// property.
///
///     @Setting("passes over a round's transitions", .within(1...1_000)) var epochs = 10
///
/// Checks, help, settings files and documentation take all of it from there. A configuration that was read from a file has
/// values only: what its settings mean, and may be, is asked of the defaults.
@propertyWrapper
public struct Setting<Value: Codable & Hashable & Sendable>: Sendable {
    public var wrappedValue: Value
    let note: SettingNote<Value>?

    public init(wrappedValue: Value, _ note: SettingNote<Value>) {
        self.wrappedValue = wrappedValue
        self.note = note
    }

    /// - Parameter meaning: a line for people.
    public init(wrappedValue: Value, _ meaning: String, _ range: SettingRange<Value> = .any) {
        self.init(wrappedValue: wrappedValue, SettingNote(meaning, range))
    }

    fileprivate init(read value: Value) {
        wrappedValue = value
        note = nil
    }
}

/// What a setting means and may be. A class, so that a configuration stays small.
public final class SettingNote<Value>: Sendable {
    let meaning: String
    let range: SettingRange<Value>

    public init(_ meaning: String, _ range: SettingRange<Value> = .any) {
        self.meaning = meaning
        self.range = range
    }

    /// In a line for people.
    var text: String { range.text.isEmpty ? meaning : "\(meaning) (\(range.text))" }
}

/// The values alone: of two configurations with the same ones, one may have been read from a file.
extension Setting: Hashable {
    public static func == (one: Setting, other: Setting) -> Bool { one.wrappedValue == other.wrappedValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(wrappedValue) }
}

extension Setting: Codable {
    public init(from decoder: any Decoder) throws { self.init(read: try Value(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

// Settings without a value have no key.
extension KeyedDecodingContainer {
    public func decode<Value>(_: Setting<Value?>.Type, forKey key: Key) throws -> Setting<Value?> {
        Setting(read: try decodeIfPresent(Value.self, forKey: key))
    }
}

extension KeyedEncodingContainer {
    public mutating func encode<Value>(_ setting: Setting<Value?>, forKey key: Key) throws {
        try encodeIfPresent(setting.wrappedValue, forKey: key)
    }
}

/// A setting of whatever type, as a configuration's mirror shows it.
protocol AnySetting {
    var text: String? { get }
    /// What is wrong with the same setting of another configuration, to stand behind its name; nil where nothing is.
    func fault(of other: any AnySetting) -> String?
}

extension Setting: AnySetting {
    var text: String? { note?.text }

    func fault(of other: any AnySetting) -> String? {
        (other as? Setting).flatMap { note?.range.fault($0.wrappedValue) }
    }
}
