import Foundation

/// What a call asks the reference worker to do.
struct WorkerJob: Sendable, Equatable {
    enum Mode: String, Sendable, CaseIterable { case sleep, cpu, image }

    var id = ""
    var milliseconds = 0.0
    var mode = Mode.sleep
    /// Edge length of the image in pixels.
    var size = 256
    /// Of the answer.
    var status = 200
}

/// A body that is no job, in words for who sent it.
struct BadJob: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

extension WorkerJob {
    private struct Body: Decodable {
        var id: String?
        var ms: Double?
        var mode: String?
        var size: Int?
        var status: Int?
    }

    /// An empty body asks for nothing, whatever the method; so does anything else but a job in a GET.
    ///
    /// - Throws: ``BadJob``.
    static func parse(_ body: Data, isReading: Bool) throws(BadJob) -> WorkerJob {
        guard !body.isEmpty else { return WorkerJob() }
        let fields: Body
        do {
            fields = try JSONDecoder().decode(Body.self, from: body)
        } catch {
            if isReading { return WorkerJob() }
            throw BadJob(words(for: error))
        }
        return try WorkerJob(fields)
    }

    private init(_ body: Body) throws(BadJob) {
        id = body.id ?? ""
        milliseconds = body.ms ?? 0
        guard milliseconds >= 0, milliseconds <= 3_600_000 else {
            throw BadJob("ms must be 0 to 3600000, got \(milliseconds)")
        }
        if let name = body.mode, !name.isEmpty {
            guard let mode = Mode(rawValue: name) else {
                throw BadJob(
                    "mode must be one of \(Mode.allCases.map(\.rawValue).joined(separator: ", ")); got \"\(name)\"")
            }
            self.mode = mode
        }
        size = body.size ?? size
        guard (1...8_192).contains(size) else { throw BadJob("size must be 1 to 8192 pixels, got \(size)") }
        status = body.status ?? status
        guard (200...599).contains(status) else { throw BadJob("status must be 200 to 599, got \(status)") }
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(let type, let context), DecodingError.valueNotFound(let type, let context):
            let field = context.codingPath.map(\.stringValue).joined(separator: ".")
            return field.isEmpty
                ? "the body must be a JSON object" : "\(field) must be a \(type == String.self ? "string" : "number")"
        default: return "the body is no JSON"
        }
    }
}
