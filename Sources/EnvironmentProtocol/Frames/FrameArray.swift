import Foundation
public import Gymnasium
import SwiftProtobuf

/// An array of a message, in place: it lives as long as the message does.
public struct FrameArray {
    public let dtype: DType
    public let shape: [Int]
    /// Little-endian, row-major; as many as `shape` and `dtype` ask for.
    public let bytes: UnsafeRawBufferPointer

    /// The array that is all there is to a `Value`.
    ///
    /// - Returns: nil for another value, and for an array that has to be looked at more closely.
    init?(value: UnsafeRawBufferPointer) {
        var fields = FrameReader(value)
        guard let array = fields.next(), array.key == 1 << 3 | 2, fields.next() == nil, !fields.isMalformed else {
            return nil
        }
        self.init(array: array.content)
    }

    private init?(array: UnsafeRawBufferPointer) {
        var dtype: DType?
        var shape: [Int] = []
        var bytes: UnsafeRawBufferPointer?
        var last: UInt64 = 0
        var fields = FrameReader(array)
        while let field = fields.next() {
            // What comes twice, or late, is the library's to join.
            guard field.key > last else { return nil }
            last = field.key
            switch field.key {
            case 1 << 3 | 0: dtype = WireDType(rawValue: Int(truncatingIfNeeded: field.number))?.dtype
            case 2 << 3 | 2:
                var sizes = FrameReader(field.content)
                while let size = sizes.nextPacked() {
                    guard size <= UInt32.max else { return nil }
                    shape.append(Int(size))
                }
                guard !sizes.isMalformed else { return nil }
            case 3 << 3 | 2: bytes = field.content
            default: return nil
            }
        }
        guard !fields.isMalformed, let dtype, let bytes, let count = NDArray.elementCount(of: shape),
            bytes.count.isMultiple(of: dtype.byteCount), bytes.count / dtype.byteCount == count
        else { return nil }
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// The same as a message of the schema, on its own.
    public var message: WireArray {
        .with {
            $0.dtype = WireDType(dtype)
            $0.shape = shape.map { UInt32($0) }
            $0.data = Data(bytes)
        }
    }
}
