import Foundation

extension CommandLine {
    /// The path of this program, for starting it again as a worker.
    static var executablePath: String {
        #if os(Linux)
            if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
        #endif
        return Bundle.main.executablePath ?? arguments[0]
    }
}
