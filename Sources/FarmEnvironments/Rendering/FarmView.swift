import Farm
import Gymnasium

/// What is shown of a farm's environment, in the render modes that a farm has.
struct FarmView: Sendable {
    /// Lines of text; a picture of pixels.
    static let modes = ["ansi", "rgb_array"]
    /// A window is a frame, and eight windows a second are well to be followed.
    static let framesPerSecond = 8.0

    /// Kept only where pictures are to be made of it, as it would cost simulated steps time.
    private var trace: FarmTrace?
    private let keepsTrace: Bool

    /// Bytes that a view may hold, at most.
    static func bytes(renderMode: String?) -> Int {
        renderMode == "rgb_array" ? 2 * FarmTrace.capacity * MemoryLayout<FarmTrace.Sample>.stride : 0
    }

    /// - Parameter renderMode: the one that the environment was made with.
    init(renderMode: String?) { keepsTrace = renderMode == "rgb_array" }

    mutating func begin(_ metrics: WindowMetrics) {
        if keepsTrace { trace = FarmTrace(metrics) }
    }

    mutating func append(_ metrics: WindowMetrics) {
        if keepsTrace { trace?.append(metrics) }
    }

    /// The process's current state.
    ///
    /// - Parameter reward: of the last step; nil after a reset.
    /// - Returns: nil when the mode is none of ``modes``.
    func frame(mode: String, of process: DecisionProcess, reward: Double?) -> RenderedFrame? {
        switch mode {
        case "ansi":
            .text(FarmPicture(metrics: process.metrics, scenario: process.scenario, reward: reward).description)
        case "rgb_array":
            .image(
                FarmImage(
                    metrics: process.metrics, scenario: process.scenario,
                    trace: trace ?? FarmTrace(process.metrics), reward: reward
                ).drawn().image)
        default: nil
        }
    }
}
