/// Gets the workers of one farm and gives them back: one of the two things that a farm needs of a platform. The other is a
/// ``TaskInvoker``.
///
/// Workers come in units, which have numbers from 0 and names: a function with its replicas, a function with one, an address.
/// A farm asks for a number of one unit at a time, of several units beside each other. Waiting and trying again are the
/// farm's; a scaler does what it is asked once, and says what came of it.
public protocol WorkerScaler: Sendable {
    var form: WorkerForm { get }

    /// Takes the workers for the farm: called once, first.
    ///
    /// - Throws: ``FarmError`` when they cannot be had.
    func open() async throws(FarmError) -> WorkersFound

    /// Asks for so many workers of a unit.
    func ask(_ unit: Int, for count: Int) async -> ScalingAnswer

    /// What the platform says of a unit; nil when it does not know it.
    func look(at unit: Int) async throws(WorkerLookFailure) -> WorkerSight?

    /// Units that have come or gone since the last call.
    func changes() async -> [UnitChange]

    /// Gives the workers back: called once, last, when no other call is under way.
    func release() async
}

extension WorkerScaler {
    public func changes() async -> [UnitChange] { [] }
}

/// A platform's ways to get workers and to call them, made for one farm.
public struct FarmWorkers: Sendable {
    public let scaler: any WorkerScaler
    public let invoker: any TaskInvoker

    public init(scaler: any WorkerScaler, invoker: any TaskInvoker) {
        self.scaler = scaler
        self.invoker = invoker
    }
}

/// What the workers of a platform are like, and what they are called.
public struct WorkerForm: Sendable {
    /// Whether a unit is one worker, which is there or not. Otherwise it has any number of them.
    public var isSingle: Bool
    /// Workers that each unit is known to keep, whatever is asked for.
    public var leastEach = 0
    /// Whether each unit may turn out to keep one.
    public var mayKeepOne = false
    /// Such as "the gateway".
    public var platform: String
    /// Where it is, for messages; empty: nowhere in particular.
    public var address: String
    /// Such as "function".
    public var unit: String

    public init(isSingle: Bool, platform: String, address: String = "", unit: String) {
        self.isSingle = isSingle
        self.platform = platform
        self.address = address
        self.unit = unit
    }
}

/// What a platform says of a unit.
public struct WorkerSight: Sendable, Hashable {
    /// Workers that it wants to have there.
    public var count: Int
    /// Workers that can take a call.
    public var available: Int

    public init(count: Int, available: Int) {
        self.count = count
        self.available = available
    }
}

/// The units of a farm as they were found.
public struct WorkersFound: Sendable {
    /// What is there of a unit; nil: nothing is known, or nothing is there.
    public var units: [(name: String, sight: WorkerSight?)]
    public var notes: [FarmNote] = []

    public init(units: [(name: String, sight: WorkerSight?)], notes: [FarmNote] = []) {
        self.units = units
        self.notes = notes
    }
}

/// A unit that has come or gone.
public enum UnitChange: Sendable, Hashable {
    /// Its number is the next one.
    case came(name: String)
    /// It has its number still, and may be back.
    case went(Int)
    case returned(Int)
    case noted(FarmNote)
}

/// What a platform made of a number that it was asked for.
public struct ScalingAnswer: Sendable {
    public enum Verdict: Sendable, Hashable {
        /// It took the number, and has this now; nil: it cannot say now what it has.
        case done(WorkerSight?)
        /// It refuses for good, and has left this as it was.
        case kept(WorkerSight)
        /// It takes no further unit, for this reason.
        case full(String)
        /// It did not do it, and may do it later.
        ///
        /// - Parameter refusal: what it said, when it has answered and goes on refusing.
        case failed(refusal: String?)
        /// The farm cannot go on, for this reason.
        case fatal(String)
    }

    public var verdict: Verdict
    /// After so long it has to be looked at whether that is true.
    public var doubt: Duration?
    public var notes: [FarmNote]

    public init(_ verdict: Verdict, notes: [FarmNote] = [], doubt: Duration? = nil) {
        self.verdict = verdict
        self.notes = notes
        self.doubt = doubt
    }

    /// Whether the platform has not done what it was asked for.
    public var isRefusal: Bool {
        if case .done = verdict { false } else { true }
    }
}

/// Why nobody says what there is of a unit.
public struct WorkerLookFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// No answer, or none that tells anything.
        case unavailable
        /// This program could not ask.
        case shortage
        /// The farm cannot go on.
        case fatal
        case cancelled
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
