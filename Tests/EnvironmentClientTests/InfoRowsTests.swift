import EnvironmentProtocol
import Gymnasium
import Randomness
import SwiftProtobuf
import Testing

@testable import EnvironmentClient

@Suite("Rows of batched infos")
struct InfoRowsTests {
    @Test("are what was batched, whatever that was", arguments: 0..<40)
    func roundTrip(seed: Int) {
        var generator = PCG64(seed: Seed(UInt64(seed)))
        let count = Int(generator.next() % 5) + 1
        let infos = (0..<count).map { _ -> [Value.Entry]? in
            generator.next() % 5 == 0 ? nil : InfoRowsTests.entries(&generator)
        }
        let wire = WireInfo.with {
            $0.entries = InfoBatch.batch(infos).map { batch in
                .with {
                    $0.key = batch.key
                    $0.value = WireValue(batch.value)
                    $0.mask = batch.mask
                }
            }
        }
        let rows = InfoRows(wire, count: count)
        for index in 0..<count { #expect(rows.row(index) == infos[index] ?? []) }
    }

    @Test("A value that is the same for all is everybody's, and what cannot be read is left out")
    func odd() {
        var wire = WireInfo()
        wire.entries = [
            .with {
                $0.key = "shared"
                $0.value.text = "yes"
            },
            .with { $0.key = "empty" },
            .with {
                $0.key = "short"
                $0.value = WireValue(.array(NDArray([Int8(1)])))
            },
        ]
        #expect(InfoRows(wire, count: 2).row(1) == [.init("shared", "yes")])
        #expect(InfoRows(wire, count: nil).row(0).map(\.key) == ["shared", "short"])
    }

    /// Each key has a kind of its own, and is there or not.
    private static func entries(_ generator: inout PCG64) -> [Value.Entry] {
        let all: [(String, Value)] = [
            ("a", .integer(Int64(bitPattern: generator.next()))), ("b", .number(Double(generator.next() % 99) / 7)),
            ("c", .boolean(generator.next() % 2 == 0)), ("d", .array(NDArray([Float(generator.next() % 9), 2]))),
            ("e", .text("t\(generator.next() % 9)")),
            ("f", .dictionary(["x": .integer(3), "y": .dictionary(["z": .number(0.5)])])),
            ("g", .tuple([.integer(1), .text("two")])),
        ]
        return all.filter { _ in generator.next() % 3 > 0 }.map { Value.Entry($0.0, $0.1) }
    }
}
