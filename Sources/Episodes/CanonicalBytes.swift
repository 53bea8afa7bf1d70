import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf

/// Values as the bytes that the protocol's messages have: no maps, entries in key order, so equal values are equal bytes.
enum CanonicalBytes {
    static func bytes(_ value: Value) throws -> Data {
        try WireValue(value, readable: false).serializedData()
    }

    static func bytes(_ space: Space) throws -> Data {
        try WireSpace(space).serializedData()
    }

    static func bytes(info entries: [Value.Entry]) throws -> Data {
        try WireInfo(entries.sorted { $0.key < $1.key }, readable: false).serializedData()
    }

    static func bytes(arguments entries: [Value.Entry]) throws -> Data {
        let entries = WireEntry.list(entries.sorted { $0.key < $1.key }, readable: false)
        return try WireDictValue.with { $0.entries = entries }.serializedData()
    }

    /// nil without any.
    static func bytes(events: [Value]) throws -> Data? {
        guard !events.isEmpty else { return nil }
        return try WireTupleValue.with { $0.items = events.map { WireValue($0, readable: false) } }.serializedData()
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
