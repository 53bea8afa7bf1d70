public import FarmEnvironments
import FarmSimulator

extension Backend {
    /// Simulated farms, alone and in vectors.
    public static var simulator: Backend {
        Backend(simulator: "simulator") { SimulatedFarm($0) }
    }
}
