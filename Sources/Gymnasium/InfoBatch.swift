/// The infos of a vector's sub-environments under one key, as Gymnasium batches them.
public struct InfoBatch: Sendable, Hashable {
    public let key: String
    /// Numbers, booleans and arrays of equal form: an array with one row a sub-environment, 0 where there is no value. Dicts: a dict
    /// of such, batched alike. All else: a tuple with one item a sub-environment, empty text where there is no value.
    public let value: Value
    /// Which sub-environments have the key.
    public let mask: [Bool]

    /// Batches infos by key, sorted.
    ///
    /// - Parameter infos: of each sub-environment; nil for one that has none.
    public static func batch(_ infos: [[Value.Entry]?]) -> [InfoBatch] {
        let keys = Set(infos.lazy.compactMap(\.self).joined().map(\.key)).sorted()
        return keys.map { key in
            let values = infos.map { info in info?.first { $0.key == key }?.value }
            return InfoBatch(key: key, value: batch(values), mask: values.map { $0 != nil })
        }
    }

    private static func batch(_ values: [Value?]) -> Value {
        let present = values.lazy.compactMap(\.self)
        if present.allSatisfy({ if case .dict = $0 { true } else { false } }) {
            let infos = values.map { value -> [Value.Entry]? in
                if case .dict(let entries) = value { entries } else { nil }
            }
            return .dict(
                batch(infos).flatMap { batch in
                    // A key that some lack has its mask beside it, as in Gymnasium.
                    let isComplete = zip(batch.mask, infos).allSatisfy { $0 || $1 == nil }
                    let entry = Value.Entry(batch.key, batch.value)
                    return isComplete ? [entry] : [entry, Value.Entry("_" + batch.key, .array(bools(batch.mask)))]
                }.sorted { $0.key < $1.key })
        }
        return numbers(values) ?? arrays(values) ?? .tuple(values.map { $0 ?? .text("") })
    }

    private static func bools(_ values: [Bool]) -> NDArray {
        NDArray(rows: values.map { $0 ? 1 : 0 }, dtype: .bool, shape: [values.count])
    }

    private static func numbers(_ values: [Value?]) -> Value? {
        var dtype: DType?
        var bytes: [UInt8] = []
        for value in values {
            let kind: DType?
            let word: UInt64
            switch value {
            case .number(let number): (kind, word) = (.float64, number.bitPattern)
            case .integer(let integer): (kind, word) = (.int64, UInt64(bitPattern: integer))
            case .boolean(let boolean): (kind, word) = (.bool, boolean ? 1 : 0)
            case nil: (kind, word) = (nil, 0)
            default: return nil
            }
            if let kind {
                guard dtype == nil || dtype == kind else { return nil }
                dtype = kind
            }
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        guard let dtype else { return nil }
        if dtype == .bool { bytes = stride(from: 0, to: bytes.count, by: 8).map { bytes[$0] } }
        return .array(NDArray(rows: bytes, dtype: dtype, shape: [values.count]))
    }

    private static func arrays(_ values: [Value?]) -> Value? {
        var form: ArrayForm?
        for case .some(.array(let array)) in values {
            let own = ArrayForm(dtype: array.dtype, shape: array.shape)
            guard form == nil || form == own else { return nil }
            form = own
        }
        guard let form else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * form.byteCount)
        for value in values {
            switch value {
            case .array(let array): bytes += array.bytes
            case nil: bytes += Array(repeating: 0, count: form.byteCount)
            default: return nil
            }
        }
        return .array(NDArray(rows: bytes, dtype: form.dtype, shape: [values.count] + form.shape))
    }
}
