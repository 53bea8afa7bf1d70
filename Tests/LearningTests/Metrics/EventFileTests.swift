import Foundation
import Testing

@testable import Learning

@Suite struct EventFileTests {
    private func folder() -> String { NSTemporaryDirectory() + "learning-tests-\(UUID().uuidString)" }

    @Test("CRC-32C of RFC 3720's examples")
    func checksums() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum(Array(repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum(Array(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
    }

    @Test("A file begins with its version, and every record has its length and checksums before and after it")
    func records() throws {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = try EventFile(folder: folder, secondsSince1970: 1_000)
        file.scalar("charts/episodic_return", 12.5, step: 300, secondsSince1970: 1_001)
        file.text("hyperparameters", "|a|b|", step: 0, secondsSince1970: 1_002)
        try file.flush()
        #expect(file.path.hasPrefix(folder + "/events.out.tfevents.1000."))
        var rest = Array(try Data(contentsOf: URL(fileURLWithPath: file.path)))
        var records: [[UInt8]] = []
        while rest.count >= 16 {
            let length = rest.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
            let data = Array(rest[12..<12 + length])
            #expect(EventFile.record(data) == Array(rest[..<(16 + length)]))
            records.append(data)
            rest.removeFirst(16 + length)
        }
        #expect(rest.isEmpty && records.count == 3)
        // Field 1, a double: the time. Field 3, a text: the version.
        let time = withUnsafeBytes(of: 1_000.0.bitPattern.littleEndian, Array.init)
        #expect(records[0] == [0x09] + time + [0x1A, 13] + Array("brain.Event:2".utf8))
        // Field 2: the step, 300. Field 5: a summary of one value, with a name and a float.
        let later = withUnsafeBytes(of: 1_001.0.bitPattern.littleEndian, Array.init)
        let value = [0x0A, 22] + Array("charts/episodic_return".utf8) + [0x15, 0, 0, 0x48, 0x41]
        let summary = [0x0A, UInt8(value.count)] + value
        #expect(records[1] == [0x09] + later + [0x10, 0xAC, 0x02, 0x2A, UInt8(summary.count)] + summary)
    }

    @Test("The table has a header once, and a line a number; a resumed run appends")
    func table() throws {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for step in [10, 20] {
            let table = try MetricsTable(path: folder + "/metrics.csv")
            table.add("losses/value_loss", 0.5, step: step)
            try table.flush()
        }
        let text = try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8)
        #expect(text == "step,name,value\n10,losses/value_loss,0.5\n20,losses/value_loss,0.5\n")
    }

    @Test("A round is logged under CleanRL's names, episodes at the step where they ended")
    func log() throws {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/metrics.csv"
        let log = MetricsLog(events: try EventFile(folder: folder), table: try MetricsTable(path: path))
        log.settings([("seed", "1")])
        try log.add(
            TrainingProgress(
                step: 256, episodes: [EpisodeEnd(step: 200, episodicReturn: 9, length: 9)],
                metrics: ["losses/entropy": 0.69]))
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(
            lines.dropFirst().prefix(3) == [
                "200,charts/episodic_return,9.0", "200,charts/episodic_length,9.0", "256,losses/entropy,0.69",
            ])
        #expect(lines.last?.hasPrefix("256,charts/SPS,") == true)
    }

    @Test("A folder that cannot be made is a file error")
    func refusal() {
        #expect { try EventFile(folder: "/proc/none") } throws: { ($0 as? LearningError)?.reason == .file }
        #expect { try MetricsTable(path: "/proc/none/a.csv") } throws: { ($0 as? LearningError)?.reason == .file }
    }
}
