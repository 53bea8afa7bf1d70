import Foundation

/// What people are told beside a command's output.
public enum StandardError {
    /// Writes a line. Nobody who reads is no reason to end.
    public static func say(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }
}
