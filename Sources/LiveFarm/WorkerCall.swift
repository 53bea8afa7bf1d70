import Farm
import Foundation
import Numbers

/// The call that an attempt at a task makes.
enum WorkerCall {
    /// The user's own bytes and headers untouched, or a body for the reference worker; and what all requests carry.
    static func make(
        for task: FarmTask, attempt: Int, episode: Int, scenario: Scenario, speed: Double,
        extras: LiveFarmOptions.RequestExtras = .init()
    ) -> TaskCall {
        var headers = task.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        if !extras.headers.isEmpty {
            let own = Set(task.headers.keys.map { $0.lowercased() })
            headers += extras.headers.filter { !own.contains($0.name.lowercased()) }
        }
        headers.append((name: "X-Task-Id", value: task.id))
        headers.append((name: "X-Attempt", value: String(attempt)))
        if !headers.contains(where: { $0.name.utf8.count == 12 && $0.name.lowercased() == "content-type" }) {
            headers.append((name: "Content-Type", value: "application/json"))
        }
        return TaskCall(
            headers: headers, query: extras.query,
            body: task.payload ?? referenceBody(for: task, scenario: scenario, speed: speed),
            id: "\(task.id)-e\(episode)-a\(attempt)",
            timeout: Duration(clampingSeconds: scenario.retry.attemptLimit / speed))
    }

    /// Real seconds that the work of `task` takes on a worker, when the scenario says so.
    static func realSeconds(of task: FarmTask, speed: Double) -> Double? {
        task.serviceSeconds.map { $0 / speed }
    }

    private static func referenceBody(for task: FarmTask, scenario: Scenario, speed: Double) -> [UInt8] {
        let seconds = task.serviceSeconds ?? 0
        let milliseconds = (seconds / speed * 1e6).rounded() / 1e3
        var body = #"{"id":\#(quoted(task.id)),"mode":"\#(scenario.work.rawValue)","ms":\#(milliseconds)"#
        if scenario.work == .image { body += #","size":\#(imageSize(forSeconds: seconds))"# }
        return Array((body + "}").utf8)
    }

    private static func quoted(_ text: String) -> String {
        // Ids as they are nearly always.
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C && $0 != 0x2F }
        if isPlain { return "\"\(text)\"" }
        let data = try? JSONEncoder().encode(text)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    /// Edge length in pixels whose pipeline took `seconds` in the paper's calibration: t = a·s² + b.
    private static func imageSize(forSeconds seconds: Double) -> Int {
        let a = 1.7099013205346125e-07
        let b = 0.0016654777540409116
        return Int((max(seconds - b, 0) / a).squareRoot().rounded())
    }
}
