import EnvironmentProtocol
import Foundation
import Gymnasium

/// Writes values as the protocol's messages in binary form, byte for byte what the generated messages give, without
/// making those messages: a recorded step of a vector is cheap, and its values are many.
///
/// It writes from the end to the beginning, since a message comes after its length, which is known once it is written.
struct ValueEncoder: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    /// Where the first byte written so far is.
    private var start: Int

    /// Kinds of fields in the wire format.
    private enum Kind: UInt8 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
    }

    init() {
        memory = .allocate(byteCount: 1_024, alignment: 16)
        start = memory.count
    }

    deinit { memory.deallocate() }

    /// What was written.
    var data: Data { Data(memory[start...]) }

    /// Puts the body of a `Value` before what is there.
    mutating func prepend(_ value: Value) {
        let end = written
        switch value {
        case .array(let array):
            prepend(array)
            close(1, since: end)
        case .dict(let entries):
            prepend(entries)
            close(2, since: end)
        case .tuple(let items):
            prepend(items)
            close(3, since: end)
        case .text(let text):
            prepend(text)
            close(4, since: end)
        case .number(let number):
            withUnsafeBytes(of: number.bitPattern.littleEndian) { prepend($0) }
            tag(5, .fixed64)
        case .integer(let integer):
            varint(UInt64(bitPattern: integer))
            tag(6, .varint)
        case .boolean(let boolean):
            varint(boolean ? 1 : 0)
            tag(7, .varint)
        }
    }

    /// Puts the body of a `DictValue`, or of the `Info` of a single environment, before what is there: both have entries of
    /// a key and a value. In the order given.
    mutating func prepend(_ entries: [Value.Entry]) {
        for entry in entries.reversed() {
            let end = written
            prepend(entry.value)
            close(2, since: end)
            if !entry.key.isEmpty {
                let end = written
                prepend(entry.key)
                close(1, since: end)
            }
            close(1, since: end)
        }
    }

    /// Puts the body of a `TupleValue` before what is there.
    mutating func prepend(_ items: [Value]) {
        for item in items.reversed() {
            let end = written
            prepend(item)
            close(1, since: end)
        }
    }

    /// Puts the body of a `TupleValue` of dicts before what is there.
    mutating func prepend(dicts: [[Value.Entry]]) {
        for entries in dicts.reversed() {
            let end = written
            prepend(entries)
            close(2, since: end)
            close(1, since: end)
        }
    }

    /// The body of an `Array`. What is 0 or empty is left out.
    private mutating func prepend(_ array: NDArray) {
        let end = written
        if !array.bytes.isEmpty {
            array.bytes.withUnsafeBytes { prepend($0) }
            close(3, since: end)
        }
        if !array.shape.isEmpty {
            let end = written
            for dimension in array.shape.reversed() { varint(UInt64(dimension)) }
            close(2, since: end)
        }
        varint(UInt64(WireDType(array.dtype).rawValue))
        tag(1, .varint)
    }

    /// Bytes written.
    private var written: Int { memory.count - start }

    /// Makes what was written after `end` the content of a field.
    private mutating func close(_ field: UInt8, since end: Int) {
        varint(UInt64(written - end))
        tag(field, .lengthDelimited)
    }

    private mutating func tag(_ field: UInt8, _ kind: Kind) {
        reserve(1)
        start -= 1
        memory[start] = field << 3 | kind.rawValue
    }

    private mutating func varint(_ number: UInt64) {
        let count = (70 - (number | 1).leadingZeroBitCount) / 7
        reserve(count)
        start -= count
        var rest = number
        for place in start..<start + count - 1 {
            memory[place] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
        }
        memory[start + count - 1] = UInt8(truncatingIfNeeded: rest)
    }

    private mutating func prepend(_ text: String) {
        var text = text
        text.withUTF8 { prepend(UnsafeRawBufferPointer($0)) }
    }

    private mutating func prepend(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        start -= bytes.count
        UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + bytes.count]).copyMemory(from: bytes)
    }

    private mutating func reserve(_ count: Int) {
        guard count > start else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 2 * memory.count + count, alignment: 16)
        let written = written
        UnsafeMutableRawBufferPointer(rebasing: larger[(larger.count - written)...]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: memory[start...]))
        memory.deallocate()
        memory = larger
        start = larger.count - written
    }
}
