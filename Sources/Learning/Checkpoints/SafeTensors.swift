import Foundation
import SystemErrors

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
            self.init(element: .float32, shape: shape ?? [values.count], bytes: values.withUnsafeBytes(Array.init))
        }

        public init(_ values: [Double]) {
            self.init(element: .float64, shape: [values.count], bytes: values.withUnsafeBytes(Array.init))
        }

        public init(_ values: [Int32]) {
            self.init(element: .int32, shape: [values.count], bytes: values.withUnsafeBytes(Array.init))
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

    /// Arrays of several parts, each with names of its own.
    static func joined(_ parts: [String: Tensor]...) -> [String: Tensor] {
        parts.reduce(into: [:]) { all, part in all.merge(part) { first, _ in first } }
    }

    public init(tensors: [String: Tensor] = [:], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The file's bytes. Equal content gives equal bytes.
    public func encoded() throws(LearningError) -> [UInt8] {
        var header = SafeTensorsHeader.Text(metadata: metadata)
        var data: [UInt8] = []
        // Wider elements first, so that every array is aligned.
        let order = tensors.sorted {
            ($1.value.element.byteCount, $0.key) < ($0.value.element.byteCount, $1.key)
        }
        for (name, tensor) in order {
            header.entries[name] = SafeTensorsHeader.Text.Entry(
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
        let start = try SafeTensorsHeader.end(
            beginning: bytes.prefix(SafeTensorsHeader.lengthSize), fileSize: bytes.count)
        let header = try SafeTensorsHeader(
            bytes[SafeTensorsHeader.lengthSize..<start], dataCount: bytes.count - start)
        metadata = header.metadata
        tensors = header.places.mapValues { place in
            Tensor(
                element: place.element, shape: place.shape,
                bytes: Array(bytes[start + place.range.lowerBound..<start + place.range.upperBound]))
        }
    }

    /// Reads a file. Its header is looked at before there is memory for the rest.
    ///
    /// - Throws: why it cannot be read, or what is wrong with it.
    public init(contentsOf path: String) throws(LearningError) {
        let bytes: [UInt8]
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let size = Int(try file.seekToEnd())
            try file.seek(toOffset: 0)
            let beginning = try file.read(upToCount: SafeTensorsHeader.lengthSize) ?? Data()
            let start = try SafeTensorsHeader.end(beginning: beginning, fileSize: size)
            let text = try file.read(upToCount: start - SafeTensorsHeader.lengthSize) ?? Data()
            _ = try SafeTensorsHeader(text, dataCount: size - start)
            bytes = Array(beginning + text + (try file.readToEnd() ?? Data()))
        } catch let error as LearningError {
            throw error
        } catch {
            throw LearningError(.file, "\(path) cannot be read: \(SystemFailure.reason(error))")
        }
        try self.init(decoding: bytes)
    }
}
