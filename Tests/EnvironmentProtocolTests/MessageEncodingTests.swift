import Foundation
import Gymnasium
import SwiftProtobuf
import Testing

@testable import EnvironmentProtocol

@Suite("Frames and messages")
struct MessageEncodingTests {
    private func decode(_ json: String) throws -> WireRequest {
        try MessageCodec.decode(WireRequest.self, from: Data(json.utf8), .json)
    }

    @Test("A brace decides, and nothing else", arguments: UInt8.min...UInt8.max)
    func firstByte(byte: UInt8) {
        #expect(MessageEncoding(of: Data([byte, 0x7b])) == (byte == 0x7b ? .json : .binary))
        // A slice counts its own first byte.
        #expect(MessageEncoding(of: Data([0x7b, byte]).dropFirst()) == (byte == 0x7b ? .json : .binary))
    }

    @Test(
        "White space and a byte order mark before JSON are passed over",
        arguments: [" ", "\n", "\r\n\t ", "\u{FEFF}", "\u{FEFF}\n"])
    func blanks(before: String) throws {
        for text in [#"{"ping":{}}"#, "{ \n\"ping\": {}}", "{}"] {
            let frame = Data((before + text).utf8)
            #expect(MessageEncoding(of: frame) == .json)
            // A slice counts its own first byte.
            #expect(MessageEncoding(of: (Data([0xff]) + frame).dropFirst()) == .json)
            #expect(throws: Never.self) { try MessageCodec.decode(WireRequest.self, from: frame, .json) }
        }
    }

    @Test(
        "What only looks like JSON is binary", arguments: ["", " ", "\u{FEFF}", " {", " {x", " [", " {{", "x{\"a\":1}"])
    func noJSON(text: String) {
        #expect(MessageEncoding(of: Data(text.utf8)) == .binary)
    }

    @Test("Every message with content begins with another byte than a brace in binary, and with one in JSON")
    func braceIsFree() throws {
        let trees = Trees(seed: 8)
        for _ in 0..<500 {
            let request = WireRequest.with {
                $0.requestID = UInt64(trees.below(3))
                $0.sessionID = trees.below(2) == 0 ? "" : "s"
                $0.step.action = WireValue(trees.value())
            }
            #expect(MessageEncoding(of: try MessageCodec.encode(request, .binary)) == .binary)
            #expect(MessageEncoding(of: try MessageCodec.encode(request, .json)) == .json)
        }
    }

    @Test("An empty frame is malformed, in whichever encoding", arguments: [MessageEncoding.binary, .json])
    func empty(encoding: MessageEncoding) {
        let error = #expect(throws: MalformedMessage.self) {
            try MessageCodec.decode(WireRequest.self, from: Data(), encoding)
        }
        #expect(error?.description.contains("empty") == true)
    }

    @Test("JSON field names are the schema's; lowerCamelCase is read too")
    func fieldNames() throws {
        let request = WireRequest.with {
            $0.requestID = 5
            $0.sessionID = "s"
            $0.ping = .init()
        }
        let text = String(decoding: try MessageCodec.encode(request, .json), as: UTF8.self)
        #expect(text == #"{"request_id":"5","session_id":"s","ping":{}}"#)
        #expect(try decode(text) == request)
        #expect(try decode(#"{"requestId":5,"sessionId":"s","ping":{}}"#) == request)
    }

    @Test("Unknown JSON fields are ignored, whatever they hold")
    func unknownFields() throws {
        let text = #"{"future":{"a":[1,{"b":null}],"c":"}"},"ping":{"later":true},"x":-1.5e3}"#
        #expect(try decode(text) == WireRequest.with { $0.ping = .init() })
    }

    @Test("Unknown binary fields are ignored")
    func unknownBinaryFields() throws {
        let known = try MessageCodec.encode(WireRequest.with { $0.ping = .init() }, .binary)
        // Field 500, a varint.
        let frame = Data([0xa0, 0x1f, 1]) + known
        let request = try MessageCodec.decode(WireRequest.self, from: frame, .binary)
        #expect(request.ping == .init())
    }

    static let malformed = [
        "{", "{}}", "{]", "{\"ping\":}", "{\"ping\":{}", "{\"ping\":[]}", "{ping:{}}", "{\"ping\":{}} x",
        "{\"ping\":1}",
        "{\"request_id\":-1,\"ping\":{}}", "{\"ping\":{},\"hello\":{}}", "{\"nonce\":\"?\",\"ping\":{}}",
        "{\"session_id\":\"\\ud800\",\"ping\":{}}", "{'ping':{}}",
    ]

    @Test("Malformed JSON is said to be so", arguments: malformed)
    func malformedJSON(text: String) {
        let error = #expect(throws: MalformedMessage.self) { try decode(text) }
        #expect(error?.description.contains("JSON") == true)
        // A sentence, and no name of the library's.
        let reason = error?.description.split(separator: "JSON: ").last ?? ""
        #expect(reason.split(separator: " ").count > 4, "\(reason)")
    }

    @Test("Each proper beginning of a JSON request is malformed")
    func truncatedJSON() throws {
        let request = WireRequest.with {
            $0.requestID = 3
            $0.step.action = WireValue(Trees(seed: 9).value()).readable
        }
        let frame = try MessageCodec.encode(request, .json)
        for count in 1..<frame.count {
            #expect(throws: MalformedMessage.self) {
                try MessageCodec.decode(WireRequest.self, from: frame.prefix(count), .json)
            }
        }
    }

    @Test("Cut or changed binary messages are read or refused, and end nothing")
    func mutatedBinary() throws {
        let trees = Trees(seed: 10)
        var refused = 0
        for _ in 0..<2_000 {
            let request = WireRequest.with {
                $0.requestID = 3
                $0.step.action = WireValue(trees.value())
            }
            var frame = try MessageCodec.encode(request, .binary)
            if trees.below(2) == 0 { frame = frame.prefix(1 + trees.below(frame.count - 1)) }
            frame[trees.below(frame.count)] = UInt8(trees.below(256))
            do {
                let read = try MessageCodec.decode(WireRequest.self, from: frame, .binary)
                _ = try read.step.action.value(expecting: .discrete(.init(n: 3)))
            } catch is MalformedMessage {
                refused += 1
            } catch is SpaceMismatch {
                refused += 1
            }
        }
        #expect(refused > 500)
    }

    @Test("Text that is no UTF-8 is malformed")
    func invalidUTF8() {
        // Field 2, session_id, of two bytes.
        #expect(throws: MalformedMessage.self) {
            try MessageCodec.decode(WireRequest.self, from: Data([0x12, 2, 0xc3, 0x28]), .binary)
        }
    }

    private func nested(_ depth: Int) -> WireValue {
        var value = WireValue.with { $0.integer = 1 }
        for _ in 0..<depth { value = .with { [value] in $0.tuple.items = [value] } }
        return value
    }

    @Test("Values 16 deep are read; values beyond the limit are refused", arguments: [MessageEncoding.binary, .json])
    func depth(encoding: MessageEncoding) throws {
        let deep = WireRequest.with { $0.step.action = nested(16) }
        let back = try MessageCodec.decode(WireRequest.self, from: try MessageCodec.encode(deep, encoding), encoding)
        #expect(back == deep)
        let tooDeep = try MessageCodec.encode(WireRequest.with { $0.step.action = nested(40) }, encoding)
        #expect(throws: MalformedMessage.self) { try MessageCodec.decode(WireRequest.self, from: tooDeep, encoding) }
    }

    static let endless: [Data] = [
        Data((#"{"step":{"action":"# + String(repeating: #"{"tuple":{"items":["#, count: 100_000)).utf8),
        Data((#"{"unknown":"# + String(repeating: "[", count: 1_000_000)).utf8),
        Data((#"{"unknown":"# + String(repeating: #"{"a":"#, count: 300_000)).utf8),
        Data(String(repeating: "{", count: 1_000_000).utf8),
        // Groups, which the schema has none of, begin one within the other.
        Data(repeating: 0x0b, count: 1_000_000),
        Data(repeating: 0xff, count: 1_000_000),
    ]

    @Test("A million nested brackets or groups overflow nobody's stack", arguments: endless)
    func bottomless(frame: Data) {
        #expect(throws: MalformedMessage.self) {
            try MessageCodec.decode(WireRequest.self, from: frame, MessageEncoding(of: frame))
        }
    }
}
