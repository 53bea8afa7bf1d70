extension Duration {
    /// Three hundred years: longer than anything lasts, and clocks can still add it to now.
    public static let longest = Duration.seconds(10_000_000_000)

    /// The seconds that somebody asked for, whatever number they are: nothing for what is no number, and ``longest`` either
    /// way for what is beyond it.
    ///
    /// `Duration.seconds(_:)` ends the process for infinities, for what is not a number and for what is too long. So numbers
    /// from the command line, the wire or a file come this way.
    ///
    ///     try await Task.sleep(for: Duration(clampingSeconds: secondsThatSomebodyAskedFor))
    public init(clampingSeconds seconds: Double) {
        let bound = Duration.longest / .seconds(1)
        self = seconds.isNaN ? .zero : .seconds(min(max(seconds, -bound), bound))
    }
}
