import Episodes
import Foundation

/// Values as the journal's JSON: keys sorted, so that equal values are equal bytes; numbers that JSON has not as text.
enum SteeringJSON {
    static func data(_ value: some Encodable, _ path: String) throws(EpisodeStoreError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return try encoder.encode(value)
        } catch {
            throw .failed(path: path, detail: "\(error)")
        }
    }

    static func value<Value: Decodable>(
        _ type: Value.Type, _ data: Data, of what: String, _ path: String
    ) throws(EpisodeStoreError) -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return try decoder.decode(type, from: data)
        } catch {
            throw .damaged(path: path, detail: "\(what) cannot be read: \(error)")
        }
    }
}
