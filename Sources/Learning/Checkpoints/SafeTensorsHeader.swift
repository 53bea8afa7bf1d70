import Foundation

/// The header of a safetensors file: texts, and where each array is. What it says is held against the rules of the format and
/// the size of the file, before anything else is read.
struct SafeTensorsHeader {
    /// Bytes before the header, which tell its length.
    static let lengthSize = 8
    /// As in the format's own readers.
    static let largestSize = 100_000_000
    static let metadataKey = "__metadata__"

    /// An array in the file.
    struct Place {
        let element: SafeTensors.Element
        let shape: [Int]
        /// Bytes after the header.
        let range: Range<Int>
    }

    /// The header as it is written.
    struct Text: Codable {
        var entries: [String: Entry] = [:]
        var metadata: [String: String] = [:]

        struct Entry: Codable {
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

        init(metadata: [String: String]) { self.metadata = metadata }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys {
                if key.stringValue == metadataKey {
                    metadata = try container.decode([String: String].self, forKey: key)
                } else {
                    entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
                }
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            if !metadata.isEmpty { try container.encode(metadata, forKey: Key(stringValue: metadataKey)) }
            for (name, entry) in entries { try container.encode(entry, forKey: Key(stringValue: name)) }
        }
    }

    private(set) var metadata: [String: String] = [:]
    private(set) var places: [String: Place] = [:]

    /// Where the header ends.
    ///
    /// - Parameter beginning: the file's first 8 bytes.
    static func end(beginning: some Collection<UInt8>, fileSize: Int) throws(LearningError) -> Int {
        guard beginning.count == lengthSize else {
            throw damaged("\(fileSize) bytes, a header's length takes \(lengthSize)")
        }
        let length = beginning.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(largestSize) else {
            throw damaged("its header is said to have \(length) bytes, more than the \(largestSize) that one may have")
        }
        guard length <= UInt64(max(0, fileSize - lengthSize)) else {
            throw damaged("its header is said to have \(length) bytes, and the file has \(fileSize)")
        }
        return lengthSize + Int(length)
    }

    /// - Parameters:
    ///   - text: the header's bytes.
    ///   - dataCount: bytes after it.
    init(_ text: some Collection<UInt8>, dataCount: Int) throws(LearningError) {
        guard text.first == UInt8(ascii: "{") else { throw Self.damaged("its header does not begin with {") }
        let data = Data(text)
        let header: Text
        do {
            header = try JSONDecoder().decode(Text.self, from: data)
        } catch {
            throw Self.damaged("its header \(Self.words(error))")
        }
        if let key = JSONKeys.repeated(in: data) {
            throw Self.damaged("its header has the key \"\(key.prefix(60))\" twice")
        }
        metadata = header.metadata
        for (name, entry) in header.entries { places[name] = try Place(name, entry, dataCount: dataCount) }
        try checkThatNothingIsBetween(dataCount)
    }

    /// The arrays lie one after the other, and fill the file: what is between or behind them could be anything.
    private func checkThatNothingIsBetween(_ dataCount: Int) throws(LearningError) {
        var end = 0
        for (name, place) in places.sorted(by: {
            ($0.value.range.lowerBound, $0.value.range.upperBound) < (
                $1.value.range.lowerBound, $1.value.range.upperBound
            )
        }) {
            guard place.range.lowerBound == end else {
                throw Self.damaged(
                    "array \"\(name)\" begins at byte \(place.range.lowerBound), and the one before it ends at \(end)")
            }
            end = place.range.upperBound
        }
        guard end == dataCount else {
            throw Self.damaged("there are \(dataCount - end) bytes behind the last array")
        }
    }

    static func damaged(_ what: String) -> LearningError {
        LearningError(.checkpoint, "not a safetensors file, or a damaged one: \(what); save it again")
    }

    /// What a decoder complains of, for people.
    private static func words(_ error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.keyNotFound(_, let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.hasPrefix(metadataKey)
                ? "has metadata (\(path)) that is no text" : "has no array's description at \"\(path.prefix(60))\""
        default: return "is no JSON"
        }
    }
}

extension SafeTensorsHeader.Place {
    fileprivate init(_ name: String, _ entry: SafeTensorsHeader.Text.Entry, dataCount: Int) throws(LearningError) {
        guard let element = SafeTensors.Element(rawValue: entry.dtype) else {
            throw SafeTensorsHeader.damaged(
                "array \"\(name)\" has elements \"\(entry.dtype)\"; read are F32, F64, I64, I32, U8 and BOOL")
        }
        guard entry.data_offsets.count == 2, 0 <= entry.data_offsets[0],
            entry.data_offsets[0] <= entry.data_offsets[1], entry.data_offsets[1] <= dataCount,
            Self.byteCount(entry.shape, element) == entry.data_offsets[1] - entry.data_offsets[0]
        else {
            throw SafeTensorsHeader.damaged(
                "array \"\(name)\" of shape \(entry.shape) does not fit its place \(entry.data_offsets)")
        }
        self.init(element: element, shape: entry.shape, range: entry.data_offsets[0]..<entry.data_offsets[1])
    }

    private static func byteCount(_ shape: [Int], _ element: SafeTensors.Element) -> Int? {
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
