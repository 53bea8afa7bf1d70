import ArgumentParser
import DaemonHTTP
import Foundation
import LiveFarm
import LocalGateway
import OpenFaaSWorkers

// The options of a daemon's farms by what they are about, as its help shows them.

/// What the workers are, and what becomes of them.
struct WorkerOptions: ParsableArguments {
    @Option(
        help: """
            How workers come about: replicas (the functions are scaled) or functions (one function for each worker, \
            deployed and deleted; needs --worker-image on a gateway, and --functions is then the beginning of their names).
            """)
    var pool = GatewayPool.Style.replicas

    @Option(help: "The image that worker functions are deployed as.")
    var workerImage: String?

    @Option(help: "The command that worker functions run. Left out: the image's own.")
    var workerProcess: String?

    @Option(help: "A variable of worker functions' environment, NAME=VALUE; repeatable.")
    var workerEnv: [String] = []

    @Option(help: "How many farms of the daemon's own gateway may be open at once, those of vectors included.")
    var pools = 16

    @Option(help: "How many functions a farm on the daemon's own gateway spreads its workers over.")
    var functionsPerFarm = 1

    @Option(help: "What edition the daemon's own gateway imitates: standard, ce or faasd.")
    var gatewayProfile = LocalGatewayConfiguration.Profile.standard

    @Option(help: "What a reset does with the workers it finds: drain or adopt.")
    var onReset = LiveFarmOptions.OnReset.drain

    @Option(help: "What becomes of the workers at the end: restore, keep or minimum.")
    var onRelease = GatewayPool.OnRelease.restore

    @Option(
        help: """
            A folder in which is kept what was found on --gateway, until it has been given back: after a kill -9 the next \
            daemon does that. Left out: $XDG_STATE_HOME/faasfarm, or ~/.local/state/faasfarm.
            """)
    var state: String?
}

/// An OpenFaaS gateway that is there already.
struct GatewayOptions: ParsableArguments {
    @Option(
        help: "Address of an OpenFaaS gateway, with its base path if it has one. Left out: the daemon runs its own.")
    var gateway: String?

    @Option(
        help: """
            The worker functions on that gateway, separated by commas. The workers are spread over them. Repeatable: each \
            is a pool of its own, for one farm at a time.
            """)
    var functions: [String] = []

    @Option(help: "The gateway's user.")
    var username = "admin"

    @Option(help: "A file with the gateway's password.")
    var passwordFile: String?

    @Option(help: "The namespace of the functions. Left out: the gateway's default.")
    var namespace: String?

    @Option(help: "A file of certificate authorities (PEM) that the gateway's certificate may be of.")
    var gatewayCa: String?
}

/// HTTP services that are there already.
struct ServiceOptions: ParsableArguments {
    @Option(
        help: """
            HTTP services that are the workers: addresses, separated by commas, or @FILE with one a line, which may change. \
            Each takes a call at a time, http://HOST:PORT*4 four. Repeatable: each is a pool of its own, for one farm at a \
            time.
            """)
    var workers: [String] = []
}

/// How tasks come to workers.
struct CallOptions: ParsableArguments {
    enum Dispatch: String, ExpressibleByArgument, CaseIterable { case invoke, queue }

    @Option(
        help: """
            How tasks reach workers: invoke (a call each), or queue (the gateway's queue, with callbacks to this daemon).
            """)
    var dispatch = Dispatch.invoke

    @Option(help: "HOST:PORT that callbacks are taken on; port 0 takes a free one.")
    var callbackListen = "127.0.0.1:0"

    @Option(help: "The address under which the gateway reaches --callback-listen. Left out: as it is.")
    var callbackUrl: String?

    @Option(help: "The longest body that the gateway's queue takes, in bytes.")
    var queueBodyLimit = 256_000

    @OptionGroup var requests: TaskRequestOptions
}

/// What the daemon is asked by others than agents.
struct ListeningOptions: ParsableArguments {
    @Option(help: "HOST:PORT to serve /metrics (Prometheus) and /healthz on. Left out: nowhere.")
    var metricsListen: String?

    @Option(
        help: """
            HOST:PORT to serve a page on that shows the live farms as they are. No login, and nothing to change there. Left out: \
            nowhere.
            """)
    var pageListen: String?

    @Option(
        help: """
            HOST:PORT to take tasks on, for the one farm that runs: POST /tasks is answered with the result, or at once with \
            202 if it says Prefer: respond-async; GET /tasks/ID fetches it then. No login: keep it to yourself.
            """)
    var ingressListen: String?

    @Option(
        help: """
            A SQLite file in which tasks of --ingress-listen are written down before they are accepted, so that a later \
            daemon knows their results, or that they are lost. Left out: only that those of an earlier daemon are lost.
            """)
    var ingressFile: String?

    @Option(
        help: """
            For how many seconds a connection to the HTTP servers of this daemon may be silent before its request has come \
            whole, or between requests.
            """)
    var httpIdleLimit = DaemonHTTP.usualIdleSeconds
}

extension GatewayOptions {
    /// The names of the functions of each pool.
    var functionPools: [[String]] { functions.map(OptionValue.list) }
}
