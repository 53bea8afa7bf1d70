/// Walks over the fields of a protobuf message in place, one after the other.
///
/// Whatever it does not know how to read ends the walk, ``isMalformed``; the library then says what is wrong, or reads it.
struct FrameReader {
    /// A field of the message.
    struct Field {
        /// Number and wire type, as they are on the wire: `number << 3 | type`.
        let key: UInt64
        /// A varint, or eight bytes; 0 for a field with content.
        let number: UInt64
        /// What a field with a length holds.
        let content: UnsafeRawBufferPointer
    }

    private let bytes: UnsafeRawBufferPointer
    private var place = 0
    private(set) var isMalformed = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next field.
    ///
    /// - Returns: nil at the end, and where nothing more can be read.
    mutating func next() -> Field? {
        guard place < bytes.count else { return nil }
        guard let key = varint() else { return stop() }
        switch key & 7 {
        case 0:
            guard let number = varint() else { return stop() }
            return Field(key: key, number: number, content: FrameReader.nothing)
        case 1:
            guard place + 8 <= bytes.count else { return stop() }
            let number = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
            return Field(key: key, number: number, content: FrameReader.nothing)
        case 2:
            guard let length = varint(), length <= UInt64(bytes.count - place) else { return stop() }
            let end = place + Int(length)
            defer { place = end }
            return Field(key: key, number: 0, content: UnsafeRawBufferPointer(rebasing: bytes[place..<end]))
        default: return stop()
        }
    }

    /// The next number of a packed field; nil at the end, and where nothing more can be read.
    mutating func nextPacked() -> UInt64? {
        guard place < bytes.count else { return nil }
        guard let number = varint() else {
            isMalformed = true
            return nil
        }
        return number
    }

    private mutating func stop() -> Field? {
        isMalformed = true
        return nil
    }

    private mutating func varint() -> UInt64? {
        // Nearly all are short.
        if place < bytes.count, bytes[place] < 0x80 {
            defer { place += 1 }
            return UInt64(bytes[place])
        }
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 64 {
            let byte = bytes[place]
            place += 1
            // Of the tenth byte there is room for one bit.
            if shift == 63, byte > 1 { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }

    private static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}
