public import Randomness

/// A synchronous environment on its own: a vector of one, with actions and episodes checked.
///
/// It needs no time to speak of, and so never returns early.
public final class SingleEnvironment<Environment: SynchronousEnvironment>: ImmediateEnvironment {
    public let spec: EnvironmentSpec
    public let observationSpace: Space
    public let actionSpace: Space
    public let arguments: [Value.Entry]
    public let scenarioText: String
    public let expectedStepSeconds: Double
    public var expectedResetSeconds: Double { expectedStepSeconds }

    private let environment: Environment
    private let infoDetail: InfoDetail
    private let observationForm: ArrayForm
    private let actionForm: ArrayForm
    private let observation: UnsafeMutableRawBufferPointer
    private var seeds = EpisodeSeeds()
    private var state = State.new

    private enum State {
        case new, running, over, closed
    }

    /// - Parameters:
    ///   - environment: not to be used by anybody else.
    ///   - infoDetail: which steps have infos; resets have them when all steps have.
    /// - Throws: ``EnvironmentError`` `unsupported` when elements of a space are no arrays.
    public init(
        _ environment: Environment, spec: EnvironmentSpec, observationSpace: Space, actionSpace: Space,
        arguments: [Value.Entry] = [], scenarioText: String = "", infoDetail: InfoDetail = .full,
        expectedStepSeconds: Double = 0.1
    ) throws(EnvironmentError) {
        guard let observationForm = observationSpace.arrayForm, let actionForm = actionSpace.arrayForm else {
            throw EnvironmentError(
                .unsupported, "\(spec.id) has dict, tuple or text spaces; it has to be an asynchronous environment")
        }
        self.environment = environment
        self.spec = spec
        self.observationSpace = observationSpace
        self.actionSpace = actionSpace
        self.arguments = arguments
        self.scenarioText = scenarioText
        self.infoDetail = infoDetail
        self.expectedStepSeconds = expectedStepSeconds
        self.observationForm = observationForm
        self.actionForm = actionForm
        observation = UnsafeMutableRawBufferPointer.allocate(byteCount: observationForm.byteCount, alignment: 16)
        observation.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        observation.deallocate()
    }

    /// - Throws: ``EnvironmentError`` for what is no option of the environment, and for a closed one.
    public func resetNow(seed: Seed?, options: [Value.Entry]) throws(EnvironmentError) -> ResetResult {
        guard state != .closed else {
            throw EnvironmentError(.resetNeeded, "the environment \(spec.id) is closed; make a new one")
        }
        if !options.isEmpty { try environment.accept(options) }
        environment.begin(seed: seed, from: &seeds, observation: observation)
        state = .running
        return ResetResult(
            observation: observed, info: infoDetail == .full ? environment.info : [], seed: seeds.current)
    }

    /// - Throws: ``EnvironmentError`` for what is no element of the action space, and where no episode is under way.
    public func stepNow(_ action: Value) throws(EnvironmentError) -> StepResult {
        guard state == .running else {
            throw EnvironmentError(.resetNeeded, "\(spec.id) has no episode under way; reset it first")
        }
        let transition = try withArray(of: action) { [environment, observation] in
            environment.step(action: $0, observation: observation)
        }
        if transition.isLast { state = .over }
        let hasInfo = infoDetail == .full || infoDetail == .ends && transition.isLast
        return StepResult(
            observation: observed, reward: transition.reward, terminated: transition.terminated,
            truncated: transition.truncated, info: hasInfo ? environment.info : [])
    }

    /// - Throws: ``EnvironmentError`` for a mode that is none of the spec's, and before the first reset.
    public func renderNow(mode: String) throws(EnvironmentError) -> RenderedFrame {
        guard state == .running || state == .over else {
            throw EnvironmentError(
                .resetNeeded, "\(spec.id) has nothing to show before the first reset; reset it first")
        }
        guard let frame = environment.render(mode: mode) else {
            let modes = spec.renderModes.isEmpty ? "none" : spec.renderModes.joined(separator: ", ")
            throw EnvironmentError(.unsupported, "\(spec.id) has no render mode \"\(mode)\"; it has: \(modes)")
        }
        return frame
    }

    public nonisolated(nonsending) func close() async { state = .closed }

    private var observed: Value {
        .array(NDArray(rows: Array(observation), dtype: observationForm.dtype, shape: observationForm.shape))
    }

    /// Calls `body` with the bytes of an element of the action space in the space's own element type.
    private func withArray<Result>(
        of action: Value, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(EnvironmentError) -> Result {
        let element: Value
        do {
            element = try actionSpace.element(from: action)
        } catch {
            let reason: EnvironmentError.Reason =
                switch error.kind {
                case .type: .actionType
                case .shape: .actionShape
                case .range: .actionOutOfSpace
                }
            throw EnvironmentError(reason, "not an action of \(spec.id): \(error)")
        }
        if case .integer(let integer) = element {
            return withUnsafeBytes(of: integer.littleEndian) { body($0) }
        }
        // A MultiBinary space's elements are int64 as values, and int8 as arrays.
        guard case .array(let array) = element,
            let converted = array.dtype == actionForm.dtype
                ? array : NDArray(dtype: actionForm.dtype, shape: actionForm.shape, values: array.doubles)
        else {
            throw EnvironmentError(.actionType, "not an action of \(spec.id): \(element.kindName) makes no array")
        }
        return converted.bytes.withUnsafeBytes { body($0) }
    }
}
