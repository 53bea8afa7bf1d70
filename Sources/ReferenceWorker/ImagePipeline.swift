/// The reference image task: a generated RGB image goes through four stages.
enum ImagePipeline {
    /// 8-bit RGB, row by row.
    struct Image {
        let width: Int
        let height: Int
        var bytes: [UInt8]
    }

    /// Runs all stages on an image of `size`×`size` pixels and returns a checksum of all their results.
    static func run(size: Int) -> UInt64 {
        let source = generate(size: size)
        var checksum = Checksum()
        checksum.add(thumbnail(of: source, edge: min(128, size)).bytes)
        let normalised = quantise(source, levels: 16)
        checksum.add(normalised.bytes)
        for count in histogram(of: normalised) { checksum.add(count) }
        checksum.add(greyAndBack(normalised).bytes)
        return checksum.value
    }

    /// Gradients with noise, equal for equal sizes.
    static func generate(size: Int) -> Image {
        var state: UInt32 = 2_463_534_242
        let bytes = [UInt8](unsafeUninitializedCapacity: size * size * 3) { buffer, count in
            var index = 0
            for y in 0..<size {
                for x in 0..<size {
                    state ^= state << 13
                    state ^= state >> 17
                    state ^= state << 5
                    buffer[index] = UInt8(truncatingIfNeeded: x &+ Int(state & 15))
                    buffer[index + 1] = UInt8(truncatingIfNeeded: y &+ Int(state >> 8 & 15))
                    buffer[index + 2] = UInt8(truncatingIfNeeded: (x ^ y) &+ Int(state >> 16 & 15))
                    index += 3
                }
            }
            count = index
        }
        return Image(width: size, height: size, bytes: bytes)
    }

    /// Stage 1: every pixel of the small image is the mean of its box in the large one.
    static func thumbnail(of image: Image, edge: Int) -> Image {
        var bytes = [UInt8](repeating: 0, count: edge * edge * 3)
        image.bytes.withUnsafeBufferPointer { source in
            for y in 0..<edge {
                let rows = y * image.height / edge..<(y + 1) * image.height / edge
                for x in 0..<edge {
                    let columns = x * image.width / edge..<(x + 1) * image.width / edge
                    var sums = (0, 0, 0)
                    for row in rows {
                        for column in columns {
                            let index = (row * image.width + column) * 3
                            sums.0 += Int(source[index])
                            sums.1 += Int(source[index + 1])
                            sums.2 += Int(source[index + 2])
                        }
                    }
                    let count = rows.count * columns.count
                    let index = (y * edge + x) * 3
                    bytes[index] = UInt8(sums.0 / count)
                    bytes[index + 1] = UInt8(sums.1 / count)
                    bytes[index + 2] = UInt8(sums.2 / count)
                }
            }
        }
        return Image(width: edge, height: edge, bytes: bytes)
    }

    /// Stage 2: stretches each channel to its full range and rounds it to so many levels.
    static func quantise(_ image: Image, levels: Int) -> Image {
        var low: [UInt8] = [255, 255, 255]
        var high: [UInt8] = [0, 0, 0]
        for index in image.bytes.indices {
            let channel = index % 3
            low[channel] = min(low[channel], image.bytes[index])
            high[channel] = max(high[channel], image.bytes[index])
        }
        let tables = (0..<3).map { channel in
            (0..<256).map { value -> UInt8 in
                let range = max(1, Int(high[channel]) - Int(low[channel]))
                let stretched = min(255, max(0, (value - Int(low[channel])) * 255 / range))
                return UInt8(stretched * (levels - 1) / 255 * 255 / (levels - 1))
            }
        }
        var result = image
        for index in result.bytes.indices { result.bytes[index] = tables[index % 3][Int(result.bytes[index])] }
        return result
    }

    /// Stage 3: the counts of each value, channel by channel.
    static func histogram(of image: Image) -> [Int] {
        var counts = [Int](repeating: 0, count: 3 * 256)
        for index in image.bytes.indices { counts[index % 3 * 256 + Int(image.bytes[index])] += 1 }
        return counts
    }

    /// Stage 4: to grey by luminance, and back to three equal channels.
    static func greyAndBack(_ image: Image) -> Image {
        var result = image
        for index in stride(from: 0, to: result.bytes.count, by: 3) {
            let red = 299 * Int(result.bytes[index])
            let green = 587 * Int(result.bytes[index + 1])
            let blue = 114 * Int(result.bytes[index + 2])
            let grey = UInt8((red + green + blue) / 1_000)
            result.bytes[index] = grey
            result.bytes[index + 1] = grey
            result.bytes[index + 2] = grey
        }
        return result
    }
}

/// FNV-1a, 64 bits.
private struct Checksum {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    mutating func add(_ number: Int) {
        value = (value ^ UInt64(bitPattern: Int64(number))) &* 0x100_0000_01B3
    }
}
