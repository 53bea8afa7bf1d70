import EnvironmentProtocol
import Gymnasium

/// What the environments of a session will take of memory, reckoned before there are many of them.
///
/// An estimate: it keeps a client from taking the machine's memory by a number in a request, and does not count bytes.
struct SessionMemory {
    /// Of a session, in bytes.
    let limit: Int

    /// Bytes that a vector of `count` environments takes, about: what each holds, its rows of the vector's arrays, twice
    /// because replies are made of them, and a largest picture where there will be pictures.
    ///
    /// - Parameter example: the form of a vector with the same arguments, of however many environments.
    static func estimate(_ example: EnvironmentForm, count: Int) -> Int {
        let rewardsAndFlags = 16
        let observation = example.observationSpace.arrayForm?.byteCount ?? 0
        let action = example.actionSpace.arrayForm?.byteCount ?? 0
        let finals = example.layout.autoresetMode == .sameStep ? observation : 0
        let row = observation + finals + action + example.actionMaskCount + rewardsAndFlags
        let each = (2 * row).addingReportingOverflow(example.spec.bytesPerEnvironment)
        let all = each.partialValue.multipliedReportingOverflow(by: count)
        return each.overflow || all.overflow ? .max : all.partialValue
    }

    /// - Throws: a refusal, `RESOURCE_EXHAUSTED / CAPACITY`, when that is more than the limit.
    func check(_ example: EnvironmentForm, count: Int) throws(WireRefusal) {
        let bytes = SessionMemory.estimate(example, count: count)
        guard bytes > limit else { return }
        let fewer = limit / max(SessionMemory.estimate(example, count: 1), 1)
        let message =
            "\(count) environments of \(example.spec.id) take about \(megabytes(bytes)) MB with these arguments, and a "
            + "session may take \(megabytes(limit)) MB; ask for "
            + (fewer > 0 ? "\(fewer) or fewer" : "a shorter history or a smaller scenario")
        throw WireRefusal(WireError(.resourceExhausted, .capacity, message, field: "num_envs"))
    }

    private func megabytes(_ bytes: Int) -> Int { (bytes - 1) / 1_000_000 + 1 }
}
