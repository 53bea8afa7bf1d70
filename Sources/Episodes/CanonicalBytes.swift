import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf

/// Values as the bytes that the protocol's messages have: no maps, entries in key order, so equal values are equal bytes.
enum CanonicalBytes {
    static func bytes(_ value: Value) -> Data { encoded { $0.value(value) } }

    static func bytes(_ space: Space) throws -> Data {
        try WireSpace(space).serializedData()
    }

    /// An `Info`.
    static func bytes(info entries: [Value.Entry]) -> Data { encoded { $0.entries(sorted(entries)) } }

    /// A `DictValue`.
    static func bytes(arguments entries: [Value.Entry]) -> Data { encoded { $0.entries(sorted(entries)) } }

    /// A `TupleValue`; nil without any.
    static func bytes(events: [Value]) -> Data? { events.isEmpty ? nil : encoded { $0.items(events) } }

    /// A `TupleValue` of dicts; nil when all are empty.
    static func bytes(infos: [[Value.Entry]]) -> Data? {
        guard infos.contains(where: { !$0.isEmpty }) else { return nil }
        return encoded { writer in
            for entries in infos.reversed() { writer.field(1) { $0.field(2) { $0.entries(sorted(entries)) } } }
        }
    }

    private static func encoded(_ write: (inout FrameWriter) -> Void) -> Data {
        var writer = FrameWriter()
        write(&writer)
        return Data(writer.bytes)
    }

    private static func sorted(_ entries: [Value.Entry]) -> [Value.Entry] {
        let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.key < $1.key }
        return isSorted ? entries : entries.sorted { $0.key < $1.key }
    }

    static func value(_ data: Data) throws -> Value {
        try WireValue(serializedBytes: data).value()
    }

    static func space(_ data: Data) throws -> Space {
        try WireSpace(serializedBytes: data).space()
    }

    static func info(_ data: Data) throws -> [Value.Entry] {
        try WireInfo(serializedBytes: data).entries.map { Value.Entry($0.key, try $0.value.value()) }
    }

    static func arguments(_ data: Data) throws -> [Value.Entry] {
        try WireEntry.entries(WireDictValue(serializedBytes: data).entries)
    }

    static func events(_ data: Data?) throws -> [Value] {
        guard let data else { return [] }
        return try WireTupleValue(serializedBytes: data).items.map { try $0.value() }
    }
}
