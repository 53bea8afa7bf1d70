/// What policy and critic remember before sequences, and at which of the sequences' rows an episode begins. Of no width where
/// there are no memories.
final class SequenceStart {
    /// A row a sequence.
    let policy: Rows<Float>
    let critic: Rows<Float>
    /// A row a row of the sequences.
    let begins: Rows<Bool>

    /// - Parameter stateWidth: floats of what one of the two remembers; 0 where nothing is.
    init(sequences: Int, rows: Int, stateWidth: Int) {
        policy = Rows(count: sequences, width: stateWidth)
        critic = Rows(count: sequences, width: stateWidth)
        begins = Rows(count: rows, width: min(stateWidth, 1), repeating: false)
    }

    /// Takes over what is remembered in another's sequence.
    func copy(_ index: Int, of other: SequenceStart, to place: Int) {
        policy.copy(other.policy[index], to: place)
        critic.copy(other.critic[index], to: place)
    }
}
