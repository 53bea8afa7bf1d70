public import Gymnasium

extension FrameWriter {
    /// A `Value` field, as ``WireValue/init(_:)`` makes it.
    public mutating func field(_ number: Int, value: Value) {
        field(number) { $0.value(value) }
    }

    /// The fields of a `Value`.
    public mutating func value(_ value: Value) {
        switch value {
        case .array(let array): array.bytes.withUnsafeBytes { self.array($0, dtype: array.dtype, shape: array.shape) }
        case .dict(let entries): field(2) { $0.entries(entries) }
        case .tuple(let items): field(3) { $0.items(items) }
        case .text(let text): field(4, text: text)
        case .number(let number): field(5, double: number)
        case .integer(let integer): field(6, varint: UInt64(bitPattern: integer))
        case .boolean(let boolean): field(7, varint: boolean ? 1 : 0)
        }
    }

    /// The fields of a `TupleValue`.
    public mutating func items(_ items: [Value]) {
        for item in items.reversed() { field(1, value: item) }
    }

    /// A `Value` field that is an array.
    ///
    /// - Parameters:
    ///   - elements: little-endian, row-major.
    ///   - rows: a first dimension before those of `shape`; nil: none.
    public mutating func field(
        _ number: Int, elements: UnsafeRawBufferPointer, dtype: DType, rows: Int? = nil, shape: [Int]
    ) {
        field(number) { $0.array(elements, dtype: dtype, rows: rows, shape: shape) }
    }

    /// An `Info` field of a single environment; none when there is nothing to say.
    public mutating func field(_ number: Int, info: [Value.Entry]) {
        if !info.isEmpty { field(number) { $0.entries(info) } }
    }

    /// An `Info` field of a vector, whose masks are left out where all sub-environments have the key.
    public mutating func field(_ number: Int, info: [InfoBatch]) {
        field(number) { writer in
            for batch in info.reversed() {
                writer.field(1) { writer in
                    if !batch.mask.allSatisfy(\.self) {
                        batch.mask.withUnsafeBytes { writer.field(3, bytes: $0) }
                    }
                    writer.field(2, value: batch.value)
                    writer.unlessEmpty(1, text: batch.key)
                }
            }
        }
    }

    private mutating func array(
        _ elements: UnsafeRawBufferPointer, dtype: DType, rows: Int? = nil, shape: [Int]
    ) {
        field(1) { writer in
            if !elements.isEmpty { writer.field(3, bytes: elements) }
            if rows != nil || !shape.isEmpty {
                writer.field(2) { writer in
                    for size in shape.reversed() { writer.varint(UInt64(size)) }
                    if let rows { writer.varint(UInt64(rows)) }
                }
            }
            writer.field(1, varint: UInt64(WireDType(dtype).rawValue))
        }
    }

    /// The fields of a `DictValue`, and of a single environment's `Info`, which are the same on the wire.
    public mutating func entries(_ entries: [Value.Entry]) {
        for entry in entries.reversed() {
            field(1) { writer in
                writer.field(2, value: entry.value)
                writer.unlessEmpty(1, text: entry.key)
            }
        }
    }

    private mutating func unlessEmpty(_ number: Int, text: String) {
        if !text.isEmpty { field(number, text: text) }
    }
}
