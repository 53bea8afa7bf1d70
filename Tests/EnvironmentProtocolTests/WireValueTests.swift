import Foundation
import Gymnasium
import SwiftProtobuf
import Testing

@testable import EnvironmentProtocol

@Suite("Values on the wire")
struct WireValueTests {
    @Test("2,000 random trees come back as they went, in both encodings", arguments: [MessageEncoding.binary, .json])
    func roundTrip(encoding: MessageEncoding) throws {
        let trees = Trees(seed: 1)
        for _ in 0..<2_000 {
            let value = trees.value()
            let frame = try MessageCodec.encode(
                encoding == .json ? WireValue(value).readable : WireValue(value), encoding)
            guard !frame.isEmpty else { continue }
            let back = try MessageCodec.decode(WireValue.self, from: frame, encoding).value()
            #expect(back.isIdentical(to: value), "\(value)")
        }
    }

    @Test("JSON holds bytes too, and binary messages hold values: a request may have either", arguments: [true, false])
    func otherForm(readable: Bool) throws {
        let trees = Trees(seed: 2)
        for _ in 0..<500 {
            let value = trees.value()
            for encoding in [MessageEncoding.binary, .json] {
                let frame = try MessageCodec.encode(readable ? WireValue(value).readable : WireValue(value), encoding)
                let back = try MessageCodec.decode(WireValue.self, from: frame, encoding).value()
                #expect(back.isIdentical(to: value), "\(value)")
            }
        }
    }

    @Test("Equal content is equal bytes, in whichever order a dictionary was filled")
    func canonical() throws {
        let trees = Trees(seed: 3)
        for _ in 0..<200 {
            let entries = trees.entries()
            let pairs = entries.map { ($0.key, $0.value) }
            let one = Value.dictionary(Dictionary(uniqueKeysWithValues: pairs))
            let two = Value.dictionary(Dictionary(uniqueKeysWithValues: pairs.reversed()))
            for encoding in [MessageEncoding.binary, .json] {
                let first = try MessageCodec.encode(WireValue(one).readable, encoding)
                let second = try MessageCodec.encode(WireValue(two).readable, encoding)
                #expect(first == second)
            }
        }
    }

    @Test("Info keeps its entries and has no masks", arguments: [MessageEncoding.binary, .json])
    func info(encoding: MessageEncoding) throws {
        let trees = Trees(seed: 4)
        for _ in 0..<300 {
            let entries = trees.entries()
            let info = WireInfo(entries)
            var step = WireStep.Reply()
            step.info = info
            step.reward = 1
            let frame = try MessageCodec.encode(step, encoding)
            let back = try MessageCodec.decode(WireStep.Reply.self, from: frame, encoding).info.entries
            #expect(back.map(\.key) == entries.map(\.key))
            #expect(back.allSatisfy { $0.mask.isEmpty })
            for (wire, entry) in zip(back, entries) {
                #expect(try wire.value.value().isIdentical(to: entry.value))
            }
        }
    }

    @Test("Entries come sorted by key, and no key twice")
    func entries() throws {
        let list = WireEntry.list([.init("b", 1), .init("a", 2)])
        #expect(try WireEntry.entries(list) == [.init("a", 2), .init("b", 1)])
        let twice = WireEntry.list([.init("a", 1), .init("b", 2), .init("a", 1)])
        let error = #expect(throws: SpaceMismatch.self) { try WireEntry.entries(twice) }
        #expect(error?.description.contains("\"a\"") == true)
        let nested = WireValue(.dict([.init("x", .dict([.init("k", 1), .init("k", 2)]))]))
        #expect(throws: SpaceMismatch.self) { try nested.value() }
    }

    @Test("A value without a kind is refused, wherever it is in the tree")
    func empty() {
        #expect(throws: SpaceMismatch.self) { try WireValue().value() }
        #expect(throws: SpaceMismatch.self) { try WireValue.with { $0.tuple.items = [WireValue()] }.value() }
        #expect(throws: SpaceMismatch.self) {
            try WireValue.with { $0.dict.entries = [.with { $0.key = "k" }] }.value()
        }
    }

    @Test(
        "64-bit integers are strings in JSON, and read from strings and numbers", arguments: [Int64.min, -1, 0, .max])
    func integers(integer: Int64) throws {
        let written = try MessageCodec.encode(WireValue(.integer(integer)).readable, .json)
        #expect(String(decoding: written, as: UTF8.self) == #"{"integer":"\#(integer)"}"#)
        for text in [#"{"integer":"\#(integer)"}"#, #"{"integer":\#(integer)}"#] {
            let read = try MessageCodec.decode(WireValue.self, from: Data(text.utf8), .json)
            #expect(try read.value() == .integer(integer))
        }
    }

    @Test(
        "What is no 64-bit integer is malformed",
        arguments: ["9223372036854775808", "1.5", "\"\"", "\"five\"", "true", "1e400", "NaN"])
    func notAnInteger(text: String) {
        #expect(throws: MalformedMessage.self) {
            try MessageCodec.decode(WireValue.self, from: Data(#"{"integer":\#(text)}"#.utf8), .json)
        }
    }

    @Test("NaN and the infinities are strings in JSON")
    func specialNumbers() throws {
        for (number, text) in [(Double.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity")] {
            let written = try MessageCodec.encode(WireValue(.number(number)).readable, .json)
            #expect(String(decoding: written, as: UTF8.self) == #"{"number":"\#(text)"}"#)
        }
        let text = Data(#"{"array":{"values":["NaN","-Infinity",1]}}"#.utf8)
        let read = try MessageCodec.decode(WireValue.self, from: text, .json).value()
        guard case .array(let array) = read else {
            Issue.record("\(read)")
            return
        }
        #expect(array.doubles[0].isNaN)
        #expect(array.doubles[1...] == [-.infinity, 1])
    }
}
