import Foundation
import GRDB
import Gymnasium

extension StepBlock {
    /// Writes the block's row.
    func insert(of episode: Int64, at date: String, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO step_blocks (episode_id, first_step, steps, recorded_at, actions, rewards, flags, observations,
                    action_masks, infos)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            episode, firstStep, count, date, Data(actions), Data(bytesOf: rewards.map { $0.bitPattern.littleEndian }),
            Data(flags), Data(observations), actionMasks.isEmpty ? nil : Data(bytesOf: actionMasks),
            CanonicalBytes.bytes(infos: infos),
        ])
    }

    /// The numbers of a column of rewards.
    static func rewards(_ data: Data) -> [Double] {
        data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 7, by: 8).map {
                Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
            }
        }
    }

    /// The steps of a row.
    ///
    /// - Throws: ``UnreadableRow`` when the columns do not fit together.
    static func steps(_ row: Row, _ form: BlockForm) throws -> [RecordedStep] {
        let first: Int = row["first_step"]
        let count: Int = row["steps"]
        let actions: Data = row["actions"]
        let rewards: Data = row["rewards"]
        let flags: Data = row["flags"]
        let observations: Data = row["observations"]
        let masks: Data? = row["action_masks"]
        let infos = try CanonicalBytes.events(row["infos"])
        let date = try Timestamp.date(row["recorded_at"])
        guard count > 0, rewards.count == 8 * count, flags.count == count, infos.isEmpty || infos.count == count,
            actions.count == count * form.action.byteCount, observations.count == count * form.observation.byteCount
        else {
            throw UnreadableRow(description: "the block of step \(first) has columns of lengths that do not fit")
        }
        let numbers = StepBlock.rewards(rewards)
        return (0..<count).map { index in
            var info: [Value.Entry] = []
            if !infos.isEmpty, case .dict(let entries) = infos[index] { info = entries }
            let flag = flags[flags.startIndex + index]
            return RecordedStep(
                index: first + index, action: form.action(actions.row(index, of: count)),
                result: StepResult(
                    observation: form.observation(observations.row(index, of: count)), reward: numbers[index],
                    terminated: flag & StepBlock.terminated != 0, truncated: flag & StepBlock.truncated != 0, info: info
                ),
                recordedAt: date,
                actionMask: masks.map { $0.row(index, of: count).map { Int8(bitPattern: $0) } })
        }
    }
}

extension Data {
    /// Row `index` of `count` rows of equal length.
    fileprivate func row(_ index: Int, of count: Int) -> Data {
        let width = self.count / count
        return self[startIndex + index * width..<startIndex + (index + 1) * width]
    }

    /// The elements' memory.
    init(bytesOf elements: [some BitwiseCopyable]) {
        self = elements.withUnsafeBytes { Data($0) }
    }
}
