import Foundation

/// A file of named arrays with texts about them, in the safetensors format: the header's length (8 bytes, little-endian), a
/// JSON header, the arrays' bytes.
///
/// The `safetensors` package reads it; so do `json`, and `numpy.frombuffer` with each array's `data_offsets`.
public struct SafeTensors: Sendable, Hashable {
    public enum Element: String, Sendable, Hashable {
        case float32 = "F32"
        case float64 = "F64"
        case int64 = "I64"
        case int32 = "I32"
        case uint8 = "U8"
        case bool = "BOOL"

        public var byteCount: Int {
            switch self {
            case .float64, .int64: 8
            case .float32, .int32: 4
            case .uint8, .bool: 1
            }
        }
    }

    /// An array: little-endian elements, row-major.
    public struct Tensor: Sendable, Hashable {
        public let element: Element
        public let shape: [Int]
        public let bytes: [UInt8]

        init(element: Element, shape: [Int], bytes: [UInt8]) {
            self.element = element
            self.shape = shape
            self.bytes = bytes
        }

        public init(_ values: [Float], shape: [Int]? = nil) {
            self.init(
                element: .float32, shape: shape ?? [values.count],
                bytes: values.withUnsafeBytes(Array.init))
        }

        public init(_ values: [Double]) {
            self.init(
                element: .float64, shape: [values.count],
                bytes: values.withUnsafeBytes(Array.init))
        }

        public init(_ values: [Int32]) {
            self.init(
                element: .int32, shape: [values.count],
                bytes: values.withUnsafeBytes(Array.init))
        }

        public init(_ values: [UInt8]) {
            self.init(element: .uint8, shape: [values.count], bytes: values)
        }

        /// nil for another element type.
        public var floats: [Float]? {
            element == .float32 ? words(UInt32.self).map { Float(bitPattern: $0) } : nil
        }

        /// nil for another element type.
        public var doubles: [Double]? {
            element == .float64 ? words(UInt64.self).map { Double(bitPattern: $0) } : nil
        }

        /// nil for another element type.
        public var integers: [Int32]? { element == .int32 ? words(Int32.self) : nil }

        private func words<Word: FixedWidthInteger>(_: Word.Type) -> [Word] {
            bytes.withUnsafeBytes { raw in
                (0..<raw.count / MemoryLayout<Word>.size).map {
                    Word(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Word>.size, as: Word.self))
                }
            }
        }
    }

    public var tensors: [String: Tensor]
    public var metadata: [String: String]

    public init(tensors: [String: Tensor] = [:], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    private struct Entry: Codable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Header: Codable {
        var entries: [String: Entry] = [:]
        var metadata: [String: String] = [:]

        init() {}

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys {
                if key.stringValue == "__metadata__" {
                    metadata = try container.decode([String: String].self, forKey: key)
                } else {
                    entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
                }
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            if !metadata.isEmpty { try container.encode(metadata, forKey: Key(stringValue: "__metadata__")) }
            for (name, entry) in entries { try container.encode(entry, forKey: Key(stringValue: name)) }
        }
    }

    /// The file's bytes. Equal content gives equal bytes.
    public func encoded() throws(LearningError) -> [UInt8] {
        var header = Header()
        header.metadata = metadata
        var data: [UInt8] = []
        // Wider elements first, so that every array is aligned.
        let order = tensors.sorted {
            ($1.value.element.byteCount, $0.key) < ($0.value.element.byteCount, $1.key)
        }
        for (name, tensor) in order {
            header.entries[name] = Entry(
                dtype: tensor.element.rawValue, shape: tensor.shape,
                data_offsets: [data.count, data.count + tensor.bytes.count])
            data += tensor.bytes
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text: [UInt8]
        do {
            text = Array(try encoder.encode(header))
        } catch {
            throw LearningError(.checkpoint, "the header cannot be written as JSON: \(error)")
        }
        text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text + data
    }

    /// - Throws: what is wrong with the bytes.
    public init(decoding bytes: [UInt8]) throws(LearningError) {
        func damaged(_ what: String) -> LearningError {
            LearningError(.checkpoint, "not a safetensors file, or a damaged one: \(what); save it again")
        }
        guard bytes.count >= 8 else { throw damaged("\(bytes.count) bytes, a header's length takes 8") }
        let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= min(UInt64(bytes.count - 8), 100_000_000) else {
            throw damaged("its header has \(length) bytes, the file \(bytes.count)")
        }
        let start = 8 + Int(length)
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<start]))
        } catch {
            throw damaged("its header is not the JSON it should be (\(error))")
        }
        tensors = [:]
        metadata = header.metadata
        for (name, entry) in header.entries {
            guard let element = Element(rawValue: entry.dtype) else {
                throw damaged(
                    "array \"\(name)\" has elements \"\(entry.dtype)\"; read are F32, F64, I64, I32, U8 and BOOL")
            }
            guard entry.data_offsets.count == 2, 0 <= entry.data_offsets[0],
                entry.data_offsets[0] <= entry.data_offsets[1], entry.data_offsets[1] <= bytes.count - start,
                SafeTensors.byteCount(entry.shape, element) == entry.data_offsets[1] - entry.data_offsets[0]
            else {
                throw damaged("array \"\(name)\" of shape \(entry.shape) does not fit its place \(entry.data_offsets)")
            }
            tensors[name] = Tensor(
                element: element, shape: entry.shape,
                bytes: Array(bytes[start + entry.data_offsets[0]..<start + entry.data_offsets[1]]))
        }
    }

    private static func byteCount(_ shape: [Int], _ element: Element) -> Int? {
        var count = element.byteCount
        for size in shape {
            guard size >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }
}
