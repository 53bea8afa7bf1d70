import Foundation
import Randomness

/// Frames that are nearly messages; the same ones for the same seed and corpus.
struct FrameMutator {
    private let corpus: [Data]
    private var generator: PCG64

    /// Longer frames than this are cut.
    private static let longest = 4_096

    /// - Parameter corpus: one frame or more.
    init(corpus: [Data], seed: UInt64) {
        self.corpus = corpus
        generator = PCG64(seed: Seed(seed))
    }

    mutating func next() -> Data {
        var frame = [UInt8](corpus[below(corpus.count)])
        for _ in 0...below(4) { mutate(&frame) }
        return Data(frame.prefix(FrameMutator.longest))
    }

    private mutating func mutate(_ frame: inout [UInt8]) {
        let place = below(frame.count + 1)
        let end = min(place + 1 + below(12), frame.count)
        switch below(10) {
        case 0 where !frame.isEmpty: frame[min(place, frame.count - 1)] ^= 1 << UInt8(below(8))
        case 1 where !frame.isEmpty: frame[min(place, frame.count - 1)] = UInt8(below(256))
        case 2: frame.removeSubrange(place...)
        case 3: frame.removeSubrange(place..<max(place, end))
        case 4: frame.insert(contentsOf: (0...below(8)).map { _ in UInt8(below(256)) }, at: place)
        case 5: frame.insert(contentsOf: frame[place..<max(place, end)], at: place)
        case 6: frame.insert(contentsOf: FrameMutator.varints[below(FrameMutator.varints.count)], at: place)
        case 7: frame.insert(contentsOf: FrameMutator.words[below(FrameMutator.words.count)].utf8, at: place)
        case 8: frame = nested(frame)
        default:
            let other = corpus[below(corpus.count)]
            frame.replaceSubrange(place..., with: other.dropFirst(below(other.count + 1)))
        }
    }

    /// The frame as the content of itself, a few levels deep or many.
    private mutating func nested(_ frame: [UInt8]) -> [UInt8] {
        var result = frame
        for _ in 0...below(below(6) == 0 ? 90 : 4) where result.count < FrameMutator.longest {
            if frame.first == UInt8(ascii: "{") {
                result = Array(#"{"tuple":{"items":["#.utf8) + result + Array("]}}".utf8)
            } else {
                let field = UInt8(truncatingIfNeeded: below(32) << 3 | 2)
                result = [field, UInt8(truncatingIfNeeded: result.count & 0x7f)] + result
            }
        }
        return result
    }

    /// Numbers and lengths at the ends of their ranges.
    private static let varints: [[UInt8]] = [
        [0], [0x7f], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x07],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], Array(repeating: 0xff, count: 12),
        [0, 0, 0, 0, 0, 0, 0xf0, 0x7f], [0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
    ]

    /// Words of JSON at the ends of what it may hold.
    private static let words = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "1e999", "-1e999", "1e-999", "-0", "NaN", "\"NaN\"",
        "\"Infinity\"", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "4294967296", "0x1",
        "\"\\ud800\"", "\"\\u0000\"", "\u{feff}", "\"step\":{", "\"shape\":[4294967295,4294967295],",
        "\"values\":[1e308,null],", "\"data\":\"AA==\",", "\"request_id\":\"-1\",",
    ]

    /// - Parameter count: 1 or more.
    private mutating func below(_ count: Int) -> Int { Int(generator.next() % UInt64(max(count, 1))) }
}
