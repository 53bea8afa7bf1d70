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
