import Curl
public import OpenFaaS
public import Steering

extension FunctionIngress {
    /// A function whose calls wait here while its workers are taken.
    public struct Function: Sendable {
        /// Name and deadline.
        public var settings: SteeringSettings
        /// Calls that a worker takes at once.
        public var concurrency: Int
        /// Who says how many workers there are, asked every ``FunctionIngress/Settings/lookEvery``; nil: ``FunctionIngress/set(ready:of:)``
        /// tells.
        public var workers: (any WorkerSetter)?
        /// Whether a call that was accepted to be made later, and ran when the program ended, runs again; it may then have run twice.
        /// Otherwise it is given up, and its caller is told so.
        public var isRepeatable = true

        public init(_ settings: SteeringSettings, concurrency: Int = 1, workers: (any WorkerSetter)? = nil) {
            (self.settings, self.concurrency, self.workers) = (settings, concurrency, workers)
        }
    }

    /// How an ingress listens, and what it passes on.
    public struct Settings: Sendable {
        public var gateway: GatewayAddress
        public var functions: [Function]
        /// Where it listens.
        public var host = "127.0.0.1"
        /// 0 takes a free one.
        public var port = 0
        /// That a function's name may have behind it, after a dot.
        public var namespace = "openfaas-fn"
        /// A login that no function is to see; callers may send it.
        public var login: GatewayCredentials?
        public var certificateAuthorities: String?
        /// Calls of a function that wait at most; others are answered 429.
        public var mostWaiting = 1_000
        /// A body up to this size, in bytes, is read before its call takes a worker, and sent again where the worker was full;
        /// a longer one is sent on while it comes.
        public var keptBytes = 128 << 10
        /// A call may take so long in the function. Gateways have limits of their own.
        public var callTimeout: Duration = .seconds(3_600)
        /// For how long a connection may be silent while its request has not come whole, or before its next one.
        public var idleLimit: Duration = .seconds(180)
        /// Where calls that are made later are kept; nil: there are none, and the gateway's queue takes what is sent to
        /// /async-function.
        public var file: String?
        /// Calls that wait in the file at most; others are answered 429.
        public var mostStored = 100_000
        /// Bytes of such a call, and of its answer, at most.
        public var mostStoredBytes = 16 << 20
        /// Results that are kept, the latest ones.
        public var keptResults = 10_000
        /// How often functions' workers are looked at.
        public var lookEvery: Duration = .seconds(1)
        /// Takes calls that have ended, of steered functions, some at a time; what it does not take in time is counted
        /// (``FunctionIngress/Counts/unrecorded``), not kept.
        public var onEnd: (@Sendable ([ServedCall]) async -> Void)?

        public init(gateway: GatewayAddress, functions: [Function]) {
            (self.gateway, self.functions) = (gateway, functions)
        }

        var clientOptions: HTTPClient.Options {
            .init(certificateAuthorities: certificateAuthorities)
        }

        func check() throws(SteeringFailure) {
            var names: Set<String> = []
            for function in functions {
                let name = function.settings.function
                guard FunctionName.isValid(name) else {
                    throw SteeringFailure("\"\(name)\" cannot name a function; expected a–z, 0–9 and \"-\"")
                }
                guard names.insert(name).inserted else {
                    throw SteeringFailure("the function \(name) is named twice; name it once")
                }
                guard function.concurrency >= 1, function.concurrency <= 1 << 20 else {
                    throw SteeringFailure(
                        "a worker of \(name) takes \(function.concurrency) calls at once; expected 1 or more")
                }
                guard function.settings.deadline > 0, function.settings.deadline.isFinite else {
                    throw SteeringFailure(
                        "the deadline of \(name) is \(function.settings.deadline) s; expected more than 0")
                }
            }
            guard (0...65_535).contains(port) else {
                throw SteeringFailure("the ingress's port is \(port); expected 0 to 65535")
            }
            guard mostWaiting >= 0, keptBytes >= 0 else {
                throw SteeringFailure("mostWaiting is \(mostWaiting) and keptBytes \(keptBytes); expected 0 or more")
            }
        }
    }
}
