import Foundation
import Randomness
import Testing

@testable import Learning

@Suite struct SafeTensorsTests {
    private let sample = SafeTensors(
        tensors: [
            "weights": .init([1, -2.5, 3, 4, 5, 6], shape: [2, 3]), "moments": .init([1e300, -0.5]),
            "actions": .init([7, -7] as [Int32]), "flags": .init([1, 0, 1] as [UInt8]),
            "none": .init([] as [Float], shape: [0, 4]),
        ], metadata: ["format": "x", "text": "a \"quoted\" line\nand ü"])

    @Test("The bytes are those of the format: length, JSON header, arrays; aligned, and equal for equal content")
    func layout() throws {
        let small = SafeTensors(tensors: ["a": SafeTensors.Tensor([1, 2] as [Double])], metadata: ["k": "v"])
        let bytes = try small.encoded()
        let header = #"{"__metadata__":{"k":"v"},"a":{"data_offsets":[0,16],"dtype":"F64","shape":[2]}}"#
        let padding = (8 - header.utf8.count % 8) % 8
        var expected = withUnsafeBytes(of: UInt64(header.utf8.count + padding).littleEndian, Array.init)
        expected += Array(header.utf8) + Array(repeating: 0x20, count: padding)
        expected += [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0x40]
        #expect(bytes == expected)
        #expect(try sample.encoded() == SafeTensors(decoding: sample.encoded()).encoded())
    }

    @Test("What is written is read, to the last bit")
    func roundTrip() throws {
        let read = try SafeTensors(decoding: sample.encoded())
        #expect(read == sample)
        #expect(read.tensors["weights"]?.floats == [1, -2.5, 3, 4, 5, 6])
        #expect(read.tensors["moments"]?.doubles == [1e300, -0.5])
        #expect(read.tensors["actions"]?.integers == [7, -7])
        #expect(read.tensors["weights"]?.doubles == nil)
    }

    @Test("A file that is cut off or has a byte changed is read or refused, and never ends the process")
    func damage() throws {
        let bytes = try sample.encoded()
        for length in stride(from: 0, to: bytes.count, by: 3) {
            #expect(throws: LearningError.self) { try SafeTensors(decoding: Array(bytes[..<length])) }
        }
        var generator = PCG64(seed: Seed(8))
        var refused = 0
        for _ in 0..<2_000 {
            var damaged = bytes
            damaged[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            do {
                _ = try SafeTensors(decoding: damaged)
            } catch {
                refused += 1
                #expect(error.reason == .checkpoint)
            }
        }
        #expect(refused > 500)
    }

    /// A file of a header's text and so many bytes of data.
    private func file(_ header: String, data: Int = 0, length: Int? = nil) -> [UInt8] {
        let text = Array(header.utf8)
        return withUnsafeBytes(of: UInt64(length ?? text.count).littleEndian, Array.init) + text
            + Array(repeating: 0, count: data)
    }

    @Test(
        "safetensors#601 and others: what breaks the format's rules is refused with the reason",
        arguments: [
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                4, "\"a\" twice"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                4, "\"a\" twice"
            ),
            (#"{"__metadata__":{"k":"v","k":"w"}}"#, 0, "\"k\" twice"),
            (#"{"__metadata__":{"k":1}}"#, 0, "that is no text"),
            (#"{"__metadata__":["k"]}"#, 0, "that is no text"),
            (#"{"__metadata__":{"k":null}}"#, 0, "that is no text"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 6, "2 bytes behind the last array"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "begins at byte 4"),
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                4, "begins at byte 0"
            ),
            (#" {"__metadata__":{}}"#, 0, "does not begin with {"),
            ("", 0, "does not begin with {"),
            (#"{"a":{"dtype":"F8","shape":[4],"data_offsets":[0,4]}}"#, 4, "elements \"F8\""),
            (#"{"a":4}"#, 0, "no array's description"),
            (#"{"a":"#, 0, "is no JSON"),
        ])
    func rules(_ header: String, _ data: Int, _ reason: String) {
        #expect { try SafeTensors(decoding: file(header, data: data)) } throws: { "\($0)".contains(reason) }
    }

    @Test("safetensors#466: a header that is said to be huge is refused, and no memory is taken for it")
    func hugeHeaders() {
        for length in [100_000_001, Int.max] {
            #expect { try SafeTensors(decoding: file("{}", length: length)) } throws: {
                "\($0)".contains("more than the 100000000 that one may have")
            }
        }
        #expect { try SafeTensors(decoding: file("{}", length: 100_000_000)) } throws: {
            "\($0)".contains("the file has 10")
        }
    }

    @Test("fastsafetensors#88: a header of any length up to 100,000 bytes is read", arguments: 99_994...100_000)
    func longHeaders(_ length: Int) throws {
        let header = #"{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
        let padded = header + String(repeating: " ", count: length - header.utf8.count)
        let read = try SafeTensors(decoding: file(padded, data: 4))
        #expect(read.metadata == ["k": "v"] && read.tensors["a"]?.floats == [0])
    }

    @Test("A file that is said to have arrays without end is refused before it is read")
    func sparseFiles() throws {
        let path = NSTemporaryDirectory() + "/sparse-\(UInt64.random(in: 0...UInt64.max)).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(file(#"{"__metadata__":{"k":"v"}}"#)).write(to: URL(fileURLWithPath: path))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: 1 << 40)
        try handle.close()
        #expect { try SafeTensors(contentsOf: path) } throws: { "\($0)".contains("bytes behind the last array") }
    }

    @Test("Offsets and shapes that lie are refused")
    func lies() {
        for entry in [
            #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}"#,
            #""a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#,
            #""a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}"#,
            #""a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}"#,
            #""a":{"dtype":"F32","shape":[1],"data_offsets":[0]}"#,
            #""a":{"dtype":"Q7","shape":[1],"data_offsets":[0,4]}"#,
            #""a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}"#,
        ] {
            let header = Array("{\(entry)}".utf8)
            let bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header + [0, 0, 0, 0]
            #expect(throws: LearningError.self, "\(entry)") { try SafeTensors(decoding: bytes) }
        }
    }

    @Test("SHA-256 of FIPS 180-4's examples, and of texts around a block's length")
    func hash() {
        #expect(SHA256.hexDigest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.hexDigest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hexDigest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            SHA256.hexDigest(String(repeating: "a", count: 64))
                == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb")
    }
}
