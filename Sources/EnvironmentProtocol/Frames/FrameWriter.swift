/// Writes a protobuf message from its end to its beginning, so that each part's length is known when it is written.
///
/// Fields are therefore written last to first; they are then in the order in which the library writes them, and equal
/// content is equal bytes. The memory is kept from one message to the next.
public struct FrameWriter: ~Copyable {
    private var room: UnsafeMutableRawBufferPointer
    /// Where the written part begins; it ends where the room does.
    private var start: Int

    /// Nothing is written yet.
    public init() {
        room = .allocate(byteCount: 512, alignment: 16)
        start = 512
    }

    deinit {
        room.deallocate()
    }

    /// What has been written, until the next change.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[start...])
    }

    /// Forgets what was written, and keeps the memory.
    public mutating func clear() { start = room.count }

    /// A varint field. Fields that the schema says to leave out when they are 0 are the caller's to leave out.
    public mutating func field(_ number: Int, varint value: UInt64) {
        varint(value)
        key(number, type: 0)
    }

    /// A double field.
    public mutating func field(_ number: Int, double value: Double) {
        prepend(8) { $0.storeBytes(of: value.bitPattern.littleEndian, as: UInt64.self) }
        key(number, type: 1)
    }

    /// A field of bytes, of text, or of packed numbers.
    public mutating func field(_ number: Int, bytes: UnsafeRawBufferPointer) {
        prepend(bytes.count) { $0.copyMemory(from: bytes) }
        varint(UInt64(bytes.count))
        key(number, type: 2)
    }

    /// A field of text.
    public mutating func field(_ number: Int, text: String) {
        var text = text
        let length = text.withUTF8 { utf8 in
            prepend(utf8.count) { $0.copyBytes(from: utf8) }
            return utf8.count
        }
        varint(UInt64(length))
        key(number, type: 2)
    }

    /// A field that `body` writes: a message, or packed numbers.
    public mutating func field<Result, Failure: Error>(
        _ number: Int, _ body: (inout FrameWriter) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = room.count - start
        let result = try body(&self)
        varint(UInt64(room.count - start - before))
        key(number, type: 2)
        return result
    }

    /// A bare number, of a packed field.
    mutating func varint(_ value: UInt64) {
        if value < 0x80 {
            prepend(1) { $0[0] = UInt8(value) }
            return
        }
        let count = max(1, (70 - value.leadingZeroBitCount) / 7)
        prepend(count) { bytes in
            var left = value
            for place in 0..<count {
                bytes[place] = UInt8(truncatingIfNeeded: left & 0x7F) | (place + 1 < count ? 0x80 : 0)
                left >>= 7
            }
        }
    }

    private mutating func key(_ number: Int, type: Int) { varint(UInt64(number << 3 | type)) }

    private mutating func prepend(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        guard count > 0 else { return }
        if start < count { grow(by: count) }
        start -= count
        write(UnsafeMutableRawBufferPointer(rebasing: room[start..<start + count]))
    }

    private mutating func grow(by count: Int) {
        let written = bytes
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(2 * room.count, written.count + count + 512), alignment: 16)
        start = larger.count - written.count
        UnsafeMutableRawBufferPointer(rebasing: larger[start...]).copyMemory(from: written)
        room.deallocate()
        room = larger
    }
}
