import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Does a job per call.
struct WorkerResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    static let maxBodyBytes = 16 << 20

    private static let host: String = {
        var name = [UInt8](repeating: 0, count: 256)
        let isKnown = name.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { gethostname($0, bytes.count - 1) == 0 } ?? false
        }
        return isKnown ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : ""
    }()

    let load: WorkerLoad

    func respond(to request: Request, context: Context) async throws -> Response {
        if ["/_/health", "/_/ready"].contains(request.uri.path) {
            return Response(status: load.isDraining ? .serviceUnavailable : .ok)
        }
        guard let numbers = load.begin() else {
            return try failure(.serviceUnavailable, "this worker is shutting down")
        }
        defer { load.end() }
        do {
            let body = try await request.body.collect(upTo: Self.maxBodyBytes)
            let isReading = request.method == .get || request.method == .head
            let job = try WorkerJob.parse(Data(body.readableBytesView), isReading: isReading)
            return try await answer(job, inFlight: numbers.inFlight, call: numbers.call, request)
        } catch let bad as BadJob {
            return try failure(.badRequest, bad.text)
        } catch is NIOTooManyBytesError {
            return try failure(.contentTooLarge, "the body is longer than \(Self.maxBodyBytes) bytes")
        }
    }

    private func answer(_ job: WorkerJob, inFlight: Int, call: Int, _ request: Request) async throws -> Response {
        let start = ContinuousClock.now
        let checksum = try await perform(job)
        let took = (ContinuousClock.now - start) / .milliseconds(1)
        let answer = WorkerAnswer(
            id: job.id, mode: job.mode.rawValue, ms: job.milliseconds, took_ms: (took * 1e3).rounded() / 1e3,
            pid: ProcessInfo.processInfo.processIdentifier,
            call_id: HTTPField.Name("X-Call-Id").flatMap { request.headers[$0] } ?? "",
            inflight: inFlight, seq: call, host: Self.host, method: request.method.rawValue,
            path: request.uri.path, query: request.uri.query ?? "", checksum: checksum.map { String($0, radix: 16) })
        return json(.init(code: job.status), try WorkerAnswer.encode(answer), isHead: request.method == .head)
    }

    private func perform(_ job: WorkerJob) async throws -> UInt64? {
        switch job.mode {
        case .sleep:
            if job.milliseconds > 0 { try await Task.sleep(for: .milliseconds(job.milliseconds)) }
            return nil
        case .cpu:
            _ = await Computation.run { Computation.spin(milliseconds: job.milliseconds) }
            return nil
        case .image: return await Computation.run { ImagePipeline.run(size: job.size) }
        }
    }

    private func failure(_ status: HTTPResponse.Status, _ text: String) throws -> Response {
        json(status, try WorkerAnswer.encode(["error": text]), isHead: false)
    }

    private func json(_ status: HTTPResponse.Status, _ body: Data, isHead: Bool) -> Response {
        let headers: HTTPFields = [.contentType: "application/json", .contentLength: String(body.count)]
        return Response(
            status: status, headers: headers,
            body: isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
