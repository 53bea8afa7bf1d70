/// A non-negative integer of any size, the seed of an episode.
public struct Seed: Sendable, Hashable, CustomStringConvertible {
    /// 32-bit words, least significant first; at least one, and no leading zero word but for 0 itself.
    public let words: [UInt32]

    /// Leading zero words are dropped; no words at all is 0.
    public init(words: [UInt32]) {
        let last = words.lastIndex { $0 != 0 } ?? 0
        self.words = words.isEmpty ? [0] : Array(words[0...last])
    }

    public init(_ value: UInt64) {
        self.init(words: [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)])
    }

    /// - Returns: nil when `decimal` is empty, holds anything but the digits 0 to 9, or is longer than 1,000 digits.
    public init?(decimal: String) {
        guard !decimal.isEmpty, decimal.utf8.count <= 1_000 else { return nil }
        var words: [UInt32] = [0]
        for byte in decimal.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            var carry = UInt64(byte - UInt8(ascii: "0"))
            for index in words.indices {
                let product = UInt64(words[index]) * 10 + carry
                words[index] = UInt32(truncatingIfNeeded: product)
                carry = product >> 32
            }
            if carry > 0 { words.append(UInt32(carry)) }
        }
        self.init(words: words)
    }

    /// A seed of 64 bits from the system's random numbers.
    public static func random() -> Seed {
        var generator = SystemRandomNumberGenerator()
        return Seed(generator.next())
    }

    /// Decimal digits.
    public var description: String {
        var words = self.words
        var digits: [UInt8] = []
        repeat {
            // Nine digits at a time, the last ones first.
            var remainder: UInt64 = 0
            for index in words.indices.reversed() {
                let value = remainder << 32 | UInt64(words[index])
                words[index] = UInt32(value / 1_000_000_000)
                remainder = value % 1_000_000_000
            }
            for _ in 0..<9 {
                digits.append(UInt8(ascii: "0") + UInt8(remainder % 10))
                remainder /= 10
            }
        } while words.contains { $0 != 0 }
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }
}

extension Seed {
    /// The seed larger by `offset`: of the sub-environments of a vector that is given one seed.
    public func advanced(by offset: Int) -> Seed {
        var words = self.words
        var carry = UInt64(max(offset, 0))
        for index in words.indices where carry > 0 {
            let sum = UInt64(words[index]) + carry
            words[index] = UInt32(truncatingIfNeeded: sum)
            carry = sum >> 32
        }
        while carry > 0 {
            words.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        return Seed(words: words)
    }
}
