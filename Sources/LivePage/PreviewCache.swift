import Synchronization

/// Asks for a preview once a decision, however many look.
final class PreviewCache: Sendable {
    private let preview: @Sendable (String) async -> Int?
    private let asked = Mutex<[String: (decision: Int, answer: Task<Int?, Never>)]>([:])

    init(_ preview: @escaping @Sendable (String) async -> Int?) { self.preview = preview }

    func count(of function: String, at decision: Int) async -> Int? {
        let answer = asked.withLock { asked in
            if let known = asked[function], known.decision == decision { return known.answer }
            let answer = Task { [preview] in await preview(function) }
            asked[function] = (decision, answer)
            return answer
        }
        return await answer.value
    }
}
