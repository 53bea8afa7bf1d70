import Curl
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/function/`: calls.
extension GatewayResponder {
    /// - Parameter rest: What comes after `/function/`: a name, with or without a namespace, and the function's own path.
    func invoke(_ rest: Substring, query: Substring, _ request: Request) async -> Response {
        let address = rest.prefix { $0 != "/" }
        guard !address.isEmpty, address.utf8.allSatisfy(Self.isAddressByte) else { return .pageNotFound }
        let parts = address.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let namespace = parts.count > 1 ? String(parts[1]) : Self.namespace
        guard namespace == Self.namespace, let function = functions[name] else {
            return .text(
                .notFound,
                "error finding function \(name).\(namespace): server returned non-200 status code (404) for function, \(name), body: "
            )
        }
        let call = Call(request.head)
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: configuration.maximumBodyBytes)
        } catch is NIOTooManyBytesError {
            return call.mark(
                .error(.contentTooLarge, "the request body is longer than \(configuration.maximumBodyBytes) bytes"))
        } catch {
            return call.mark(.empty(.badGateway))
        }
        switch await function.admit() {
        case .lease(let lease):
            defer { function.release(lease) }
            let path = rest.dropFirst(address.count)
            return await forward(call, to: lease, "\(path.isEmpty ? "/" : path)\(query)", request.head, body)
        case .full(let limit):
            let text = "Concurrent request limit exceeded. Max concurrent requests: \(limit)\n"
            return call.mark(.text(.tooManyRequests, text, type: "text/plain"), by: "faas-middleware")
        case .noneReady:
            return call.mark(.error(.serviceUnavailable, "No endpoints available for: \(name)."), by: "proxy")
        }
    }

    private func forward(
        _ call: Call, to lease: ReplicaSet.Lease, _ target: String, _ head: HTTPTypes.HTTPRequest, _ body: ByteBuffer
    ) async -> Response {
        let outgoing = Curl.HTTPRequest(
            head.method.rawValue, "http://127.0.0.1:\(lease.port)\(target)", headers: call.headers(for: head),
            body: Array(body.readableBytesView), timeout: lease.execTimeout ?? configuration.upstreamTimeout,
            maxResponseBytes: max(configuration.maximumBodyBytes, 64 << 20))
        let start = ContinuousClock.now
        do {
            let answer = try await client.send(outgoing)
            var response = Response(status: .init(code: answer.status), headers: Call.endToEnd(answer.headers))
            if head.method == .head {
                // The length of what GET would have brought.
                if let length = answer["Content-Length"] { response.headers[.contentLength] = length }
            } else {
                response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
            }
            return call.mark(response, took: .now - start)
        } catch let failure as HTTPFailure where failure.kind == .timedOut && lease.execTimeout != nil {
            return call.mark(.empty(.gatewayTimeout), by: "of-watchdog", took: .now - start)
        } catch let failure as HTTPFailure where failure.kind == .invalidRequest {
            return call.mark(.error(.badRequest, failure.description))
        } catch {
            return call.mark(.empty(.badGateway))
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// What the gateway knows of a call, and writes into both directions.
private struct Call {
    private let callID: String
    private let isOwnID: Bool
    private let startTime: String

    init(_ head: HTTPTypes.HTTPRequest) {
        let given = head.headerFields[.xCallID] ?? ""
        isOwnID = given.isEmpty
        callID = isOwnID ? UUID().uuidString.lowercased() : given
        startTime = String(Int64(Date().timeIntervalSince1970 * 1e9))
    }

    /// The headers that go to the function.
    func headers(for head: HTTPTypes.HTTPRequest) -> [(name: String, value: String)] {
        var headers = Self.endToEnd(head.headerFields.map { (name: $0.name.rawName, value: $0.value) })
        headers[.contentLength] = nil
        headers[.expect] = nil
        headers[.xCallID] = callID
        headers[.xStartTime] = startTime
        var pairs = headers.map { (name: $0.name.rawName, value: $0.value) }
        if let host = head.authority { pairs.append((name: "X-Forwarded-Host", value: host)) }
        return pairs
    }

    /// Writes who answered, and how long a replica took, into the answer.
    func mark(_ response: Response, by author: String? = nil, took duration: Duration? = nil) -> Response {
        var response = response
        response.headers[.xStartTime] = startTime
        response.headers[.xServedBy] = GatewayResponder.servedBy
        response.headers[.xCallID] = isOwnID ? callID : nil
        if let author { response.headers[.xOpenFaaSInternal] = author }
        if let duration { response.headers[.xDurationSeconds] = String(format: "%.6f", duration / .seconds(1)) }
        return response
    }

    /// All but the headers that concern one connection only.
    static func endToEnd(_ headers: [(name: String, value: String)]) -> HTTPFields {
        var dropped: Set<String> = [
            "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te",
            "trailer",
            "transfer-encoding", "upgrade", "content-length",
        ]
        for header in headers where header.name.lowercased() == "connection" {
            for name in header.value.split(separator: ",") {
                dropped.insert(name.trimmingCharacters(in: .whitespaces).lowercased())
            }
        }
        var fields = HTTPFields()
        for header in headers where !dropped.contains(header.name.lowercased()) {
            guard let name = HTTPField.Name(header.name) else { continue }
            fields.append(HTTPField(name: name, value: header.value))
        }
        return fields
    }
}
