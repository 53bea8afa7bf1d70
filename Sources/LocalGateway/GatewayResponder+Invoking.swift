import Curl
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/function/`: calls.
extension GatewayResponder {
    /// A call, counted, with the faults that it meets.
    func answer(_ rest: Substring, query: Substring, _ request: Request) async -> Response {
        guard let (name, namespace) = Self.address(in: rest) else { return .pageNotFound }
        let start = ContinuousClock.now
        let isKnown = functions[name] != nil
        if isKnown { metrics.callStarted(name) }
        let response = await invoke(name, namespace, rest, query: query, request)
        if isKnown {
            metrics.callEnded(
                name, status: Int(response.status.code), seconds: (ContinuousClock.now - start) / .seconds(1))
        }
        return response
    }

    /// - Parameter rest: What comes after `/function/`: a name, with or without a namespace, and the function's own path.
    private func invoke(_ name: String, _ namespace: String, _ rest: Substring, query: Substring, _ request: Request)
        async -> Response
    {
        let faults = faults.draw([
            .busy, .functionDied, .replicaUnreachable, .notScaled, .unreachable, .delay, .vanish,
        ])
        for fault in faults where fault.kind == .vanish { self.faults.vanish(name, for: fault.duration) }
        guard namespace == Self.namespace, let function = functions.shown(name), !self.faults.hasVanished(name) else {
            return .text(
                .notFound,
                "error finding function \(name).\(namespace): server returned non-200 status code (404) for function, \(name), body: "
            )
        }
        if let flaw = configuration.profile.flaw(in: function.status.specification.labels) {
            return .text(.notFound, "error finding function \(name).\(namespace): \(flaw)")
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
        for fault in faults {
            switch fault.kind {
            case .busy: return call.mark(.full(1), by: "faas-middleware")
            case .functionDied: return call.mark(PlatformFailure.watchdog(after: .milliseconds(1)).response)
            case .replicaUnreachable: return call.mark(PlatformFailure.proxy(function: name).response)
            case .notScaled:
                return PlatformFailure.scaling(
                    address: "\(name).\(namespace)", reason: "\(name).\(namespace): a rehearsed fault"
                ).response
            case .unreachable: return call.mark(.empty(.badGateway))
            case .delay: try? await Task.sleep(for: fault.duration)
            default: break
            }
        }
        switch await function.admit() {
        case .lease(let lease):
            defer { function.release(lease) }
            let path = rest.drop { $0 != "/" }
            return await forward(
                call, to: lease, of: function, "\(path.isEmpty ? "/" : path)\(query)", request.head, body)
        case .full(let limit):
            return call.mark(.full(limit), by: "faas-middleware")
        case .crowded:
            return call.mark(.error(.serviceUnavailable, "too many calls wait for a replica of \(name) already"))
        case .noneReady where configuration.profile.failures == .platform:
            // The handler that scales from zero writes nothing when it gives up, which Go's server takes for success.
            return .empty(.ok)
        case .noneReady, .ended:
            return call.mark(.error(.serviceUnavailable, "No endpoints available for: \(name)."), by: "proxy")
        }
    }

    private func forward(
        _ call: Call, to lease: ReplicaSet.Lease, of function: DeployedFunction, _ target: String,
        _ head: HTTPTypes.HTTPRequest, _ body: ByteBuffer
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
        } catch let failure as HTTPFailure where configuration.profile.failures == .platform {
            return await answer(call, instead: function, lease, failure, took: .now - start)
        } catch {
            return call.mark(.empty(.badGateway))
        }
    }

    /// What the function's watchdog or the provider's proxy says where the function has said nothing.
    private func answer(
        _ call: Call, instead function: DeployedFunction, _ lease: ReplicaSet.Lease, _ failure: HTTPFailure,
        took duration: Duration
    ) async -> Response {
        // The gateway's own limit, or its own want of descriptors.
        if [.timedOut, .shortage].contains(failure.kind) { return call.mark(.empty(.badGateway)) }
        // A connection that breaks may be the first sign of an end.
        let patience: Duration = failure.kind == .notConnected ? .zero : .milliseconds(300)
        let isGone = await function.wasKilled(lease, within: patience)
        let answer: PlatformFailure = isGone ? .proxy(function: function.name) : .watchdog(after: duration)
        return call.mark(answer.response)
    }

    /// The name and namespace at the beginning of `rest`; nil when there is no name.
    static func address(in rest: Substring) -> (name: String, namespace: String)? {
        let address = rest.prefix { $0 != "/" }
        guard !address.isEmpty, address.utf8.allSatisfy(isAddressByte) else { return nil }
        let parts = address.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : namespace)
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

extension Response {
    /// A watchdog's answer when its replica has as many calls as it takes.
    fileprivate static func full(_ limit: Int) -> Response {
        .text(
            .tooManyRequests, "Concurrent request limit exceeded. Max concurrent requests: \(limit)\n",
            type: "text/plain")
    }
}
