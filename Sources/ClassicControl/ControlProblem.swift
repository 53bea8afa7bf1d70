public import Gymnasium
public import Randomness

/// A problem of classic control: its state, and how that begins and goes on. Time limit and random numbers are kept by
/// ``ControlEnvironment``.
///
/// Dynamics are reckoned in float64, in the order of operations of Gymnasium's own environments and with the sines and
/// cosines of the platform's C library, which NumPy uses as well: on one machine, equal seeds and actions give the states of
/// `gymnasium.make`, to the last bit nearly always. Observations are those states as float32.
public protocol ControlProblem: Sendable {
    /// An element of the action space as its array form has it: Int64 for Discrete spaces, Float for float32 ones.
    associatedtype Action: BitwiseCopyable

    /// As registered in Gymnasium, under an id of this project.
    static var spec: EnvironmentSpec { get }
    /// A float32 box.
    static var observationSpace: Space { get }
    static var actionSpace: Space { get }

    /// - Throws: ``EnvironmentError`` `badArgument`.
    init(_ arguments: EnvironmentRegistry.Arguments) throws(EnvironmentError)

    /// The arguments it was made with, defaults filled in.
    var arguments: [Value.Entry] { get }

    /// Bounds of the first states of resets without options.
    static var startBounds: StartBounds { get }

    /// Draws a first state, with the same draws in the same order as Gymnasium.
    mutating func begin(within bounds: StartBounds, using generator: inout PCG64)

    /// Takes an action, an element of the action space.
    mutating func advance(_ action: Action) -> (reward: Double, terminated: Bool)

    /// Writes the observation: as many float32 numbers as the observation space has.
    func write(to observation: UnsafeMutablePointer<Float>)

    /// The state in words, on one line.
    var picture: String { get }

    /// Of pictures, in pixels.
    static var pictureWidth: Int { get }
    /// Of pictures, in pixels.
    static var pictureHeight: Int { get }

    /// Draws the state on a white picture. Equal states give equal pictures.
    func draw(on raster: inout Raster)
}

extension ControlProblem {
    /// The problem with all arguments at their defaults.
    ///
    /// - Throws: never, for the problems of this room.
    public init() throws(EnvironmentError) {
        try self.init(EnvironmentRegistry.Arguments())
    }
}

extension Double {
    /// Rounded to a thousandth, for people.
    var rounded3: Double { (self * 1_000).rounded() / 1_000 + 0 }
}

extension Float {
    /// This number and its negative as bounds.
    var bounds: (low: Double, high: Double) { (-Double(self), Double(self)) }
}
