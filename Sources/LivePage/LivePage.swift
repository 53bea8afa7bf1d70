public import DaemonHTTP
import Foundation
import HTTPTypes
public import Hummingbird
public import LiveFarm
public import Logging
import NIOCore
public import ServiceLifecycle
public import Steering
import Synchronization

/// The live page of a program: farms and steered functions as they are now, the last minutes of each, and every decision with its
/// reasons. One file of HTML, events as they come, and the same as JSON:
///
///     let page = LivePage(.init(board: board, farms: { await meter.readings() }))
///     let http = DaemonHTTP([.init("--page-listen", address, page)], idleLimit: .seconds(180), logger: logger)
///     try await ServiceGroup(services: [http, page], logger: logger).run()
///
/// It is a service too, which looks at the farms once a second and remembers, so that a page that is opened late has the past.
/// Nobody waits for a reader: each one is told what has changed since what it took last, and one that does not take it is
/// told less often.
public final class LivePage: HTTPRoutes, Service {
    /// What the page shows, and what it may do.
    public struct Sources: Sendable {
        /// The steered functions; nil: none are.
        public var board: SteeringBoard?
        /// The live farms that are open.
        public var farms: @Sendable () async -> [(number: Int, reading: FarmMeter.Reading)]
        /// Workers that a function's policy would ask for next if its load doubled; nil where that is not known. Changes nothing. Called
        /// once a decision at most, and only while somebody looks at the function.
        public var preview: @Sendable (_ function: String) async -> Int?
        /// Does what the page was told to; nil: it is read-only.
        public var control: Control?
        /// Where episodes are recorded, to be told.
        public var recording: String?

        public init(
            board: SteeringBoard? = nil,
            farms: @escaping @Sendable () async -> [(number: Int, reading: FarmMeter.Reading)] = { [] },
            preview: @escaping @Sendable (_ function: String) async -> Int? = { _ in nil }, control: Control? = nil,
            recording: String? = nil
        ) {
            (self.board, self.farms, self.preview) = (board, farms, preview)
            (self.control, self.recording) = (control, recording)
        }
    }

    /// Readers at a time; more are told to come back later.
    static let mostReaders = 64

    private let sources: Sources
    private let past: PagePast
    private let previews: PreviewCache
    private let interval: Duration
    private let logger: Logger
    private let readers = Mutex(0)

    /// - Parameter interval: between two looks at the farms, and between two events at least.
    public init(_ sources: Sources, interval: Duration = .seconds(1), logger: Logger) {
        (self.sources, self.interval, self.logger) = (sources, interval, logger)
        let past = PagePast()
        self.past = past
        previews = PreviewCache(sources.preview)
        sources.board?.observe { past.take($0) }
        for entry in sources.board?.entries ?? [] { past.take(entry) }
    }

    /// Looks at the farms until a graceful shutdown or cancellation.
    public func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                past.take(await sources.farms(), at: Date().timeIntervalSince1970)
                try await Task.sleep(for: interval)
            }
        }
    }

    public var paths: String { "the live page /, /events, /state, /history and /preview" }

    public func open(at address: HTTPAddress, _ logger: Logger) {
        logger.notice("the live page is http://\(address)/")
    }

    public func response(to request: Request) async throws -> Response? {
        let path = request.uri.path
        if path.hasPrefix("/steer/") { return await steer(request, path) }
        guard ["/", "/events", "/state", "/history", "/preview"].contains(path) else { return nil }
        guard request.method == .get || request.method == .head else {
            return PageAnswer.text(.methodNotAllowed, "this is for reading")
        }
        return switch path {
        case "/": PageAnswer.page()
        case "/events": events()
        case "/state": PageAnswer.json(message(since: -1)?.text ?? "{}")
        case "/history": history(request)
        default: await preview(request)
        }
    }

    private func message(since version: Int) -> (text: String, version: Int)? {
        past.message(
            since: version, mayAct: sources.control != nil, recording: sources.recording,
            isStopping: sources.board?.isStopping ?? false)
    }

    private func history(_ request: Request) -> Response {
        guard let key = PageItem(request), let text = past.history(of: key) else {
            return PageAnswer.text(
                .notFound, "no such function or farm; /history?function=NAME or /history?farm=NUMBER")
        }
        return PageAnswer.json(text)
    }

    private func preview(_ request: Request) async -> Response {
        guard case .function(let name)? = PageItem(request), let number = past.decision(of: name) else {
            return PageAnswer.text(.notFound, "no such function; /preview?function=NAME")
        }
        let count = await previews.count(of: name, at: number)
        return PageAnswer.json("{\"workers\":\(count.map(String.init) ?? "null")}")
    }

    private func events() -> Response {
        guard readers.withLock({ $0 < Self.mostReaders }) else {
            return PageAnswer.text(.serviceUnavailable, "\(Self.mostReaders) pages are open; close one")
        }
        let body = ResponseBody { [self] writer in
            readers.withLock { $0 += 1 }
            defer { readers.withLock { $0 -= 1 } }
            var version = -1
            var silent = 0
            // A reader that has gone is noticed when something is written.
            while !Task.isCancelled {
                if let message = message(since: version) {
                    (version, silent) = (message.version, 0)
                    try await writer.write(ByteBuffer(string: "event: update\ndata: \(message.text)\n\n"))
                } else {
                    silent += 1
                    if silent % 10 == 0 { try await writer.write(ByteBuffer(string: ": still here\n\n")) }
                }
                try await Task.sleep(for: interval)
            }
            try await writer.finish(nil)
        }
        return PageAnswer.make(.ok, "text/event-stream", body)
    }

    private func steer(_ request: Request, _ path: String) async -> Response {
        guard let control = sources.control else {
            return PageAnswer.text(.forbidden, "the page is read-only; --page-token lets it act")
        }
        let parts = path.split(separator: "/").compactMap { $0.removingPercentEncoding }
        guard parts.count == 3,
            let action = SteeringAction(parts[2], direction: request.uri.queryParameters["direction"])
        else {
            return PageAnswer.text(
                .notFound, "POST /steer/FUNCTION/pause (?direction=up|down|both), resume, promote or revert")
        }
        if let refusal = control.refusal(of: request) {
            logger.notice("the page was refused \(action.words) of \(parts[1]): \(refusal.reason)")
            return PageAnswer.text(refusal.status, refusal.reason)
        }
        guard sources.board?.entry(parts[1]) != nil else {
            return PageAnswer.text(.notFound, "\(parts[1]) is not steered here")
        }
        do {
            try await control.desk.take(action, of: parts[1])
            logger.notice("the page: \(action.words) of \(parts[1])")
            return PageAnswer.text(.ok, "\(parts[1]): \(action.words), from the next decision on")
        } catch {
            return PageAnswer.text(.conflict, error.description)
        }
    }
}
