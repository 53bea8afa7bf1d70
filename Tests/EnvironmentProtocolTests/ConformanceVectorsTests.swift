import EnvironmentProtocol
import Foundation
import SwiftProtobuf
import Testing

/// The vectors of protocol/v1/conformance: each message as protobuf text, as binary and as JSON.
@Suite("Conformance vectors")
struct ConformanceVectorsTests {
    /// A message in its forms, as a file has it.
    struct Vector {
        let name: String
        let kind: String
        let text: String
        let binary: Data
        /// As JSON's own objects: member order and white space are free.
        let json: NSDictionary
    }

    private static let files = ["errors", "replies", "requests", "spaces", "values"]
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("protocol/v1/conformance")

    private func vectors(_ file: String) throws -> [Vector] {
        let url = ConformanceVectorsTests.folder.appendingPathComponent(file + ".json")
        let list = try #require(
            try JSONSerialization.jsonObject(with: try Data(contentsOf: url)) as? [[String: Any]])
        return try list.map { entry in
            func text(_ key: String) throws -> String { try #require(entry[key] as? String, "\(key) in \(file)") }
            let digits = try text("binary")
            return Vector(
                name: try text("name"), kind: try text("kind"), text: try text("text"),
                binary: try #require(Data(hexadecimal: digits)), json: try #require(entry["json"] as? NSDictionary))
        }
    }

    @Test("there are files, and each has vectors of different names", arguments: files)
    func present(file: String) throws {
        let names = try vectors(file).map(\.name)
        #expect(!names.isEmpty)
        #expect(Set(names).count == names.count)
    }

    @Test("text, binary and JSON of a vector are one message, and its encodings are the vector's", arguments: files)
    func forms(file: String) throws {
        for vector in try vectors(file) {
            switch vector.kind {
            case "Request": try expectOne(WireRequest.self, vector)
            case "Reply": try expectOne(WireReply.self, vector)
            case "Space": try expectOne(WireSpace.self, vector)
            case "Value": try expectOne(WireValue.self, vector)
            default: Issue.record("\(vector.name) is a \(vector.kind), which no test knows")
            }
        }
    }

    private func expectOne<Message: SwiftProtobuf.Message>(_: Message.Type, _ vector: Vector) throws {
        let comment = Comment(rawValue: vector.name)
        let message = try Message(textFormatString: vector.text)
        // Bytes, because a message with a NaN is not equal to itself.
        #expect(try MessageCodec.encode(message, .binary) == vector.binary, comment)
        if !vector.binary.isEmpty {
            let read = try MessageCodec.decode(Message.self, from: vector.binary, .binary)
            #expect(try MessageCodec.encode(read, .binary) == vector.binary, comment)
        }
        let json = try JSONSerialization.data(withJSONObject: vector.json)
        let read = try MessageCodec.decode(Message.self, from: json, .json)
        #expect(try MessageCodec.encode(read, .binary) == vector.binary, comment)
        let own = try JSONSerialization.jsonObject(with: try MessageCodec.encode(message, .json))
        #expect(own as? NSDictionary == vector.json, comment)
    }
}

extension Data {
    fileprivate init?(hexadecimal text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
