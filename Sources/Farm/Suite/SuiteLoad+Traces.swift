import Randomness

extension SuiteLoad {
    /// Days of an hour each: two made up after the shape of working days, and the one of the Azure Functions trace.
    static let daily: SuiteLoad = {
        func day(_ name: String, _ summary: String, _ arrivals: Arrivals) -> Scenario {
            segment(
                "daily-\(name)", summary, arrivals, ServiceTime(.lognormal(mean: 1, cv: 1), max: 20),
                deadline: within(5), most: 48, initial: 6, windows: 450)
        }
        /// - Parameters:
        ///   - noon, evening: tasks a second that the two peaks add to the night's.
        ///   - shift: by which part of a day all is later.
        func made(_ name: String, seed: UInt64, noon: Double, evening: Double, shift: Double) -> Scenario {
            func hill(_ time: Double, at peak: Double, width: Double) -> Double {
                let away = (time / 3_600 - peak - shift) / width
                return Elementary.exp(-away * away / 2)
            }
            return day(
                name, "a day in an hour, two peaks, noise",
                .phases(
                    NoisyRate(deviation: 0.18, memory: 40, stretch: 10).phases(seconds: 3_600, seed: seed) { time in
                        4 + noon * hill(time, at: 0.45, width: 0.09) + evening * hill(time, at: 0.78, width: 0.06)
                    }))
        }
        // A minute lasts 2.5 s and has a sixteenth of its requests: one and a half times the day's rate.
        var azure = ArrivalTrace.azureDay
        azure.seconds = 2.5
        azure.counts = azure.counts.map { $0 / 16 }
        azure.isExact = false
        return SuiteLoad(
            name: "daily", summary: "a day with peaks and noise",
            tuning: made("tuning", seed: 21, noon: 12, evening: 15, shift: 0),
            tests: [
                made("a", seed: 22, noon: 15, evening: 11, shift: -0.06),
                made("b", seed: 23, noon: 9, evening: 18, shift: 0.05),
                day("azure", "a day of 100 functions of the Azure Functions trace 2019 in an hour", .trace(azure)),
            ])
    }()

    /// Three hours each of one function of the Azure Functions trace, which sleeps and gets up to 18 tasks a second.
    static let bursty: SuiteLoad = {
        func hours(_ name: String, _ hours: Range<Int>) -> Scenario {
            var trace = ArrivalTrace.azureBursty
            trace.counts = Array(trace.counts[(hours.lowerBound * 60)..<(hours.upperBound * 60)])
            return segment(
                "bursty-\(name)",
                "hours \(hours.lowerBound) to \(hours.upperBound) of one function of the Azure Functions trace 2019",
                .trace(trace), ServiceTime(.lognormal(mean: 1, cv: 1), max: 60), deadline: within(10), initial: 1,
                windows: 1_350)
        }
        return SuiteLoad(
            name: "bursty", summary: "silence and bursts of a recorded function", tuning: hours("tuning", 20..<23),
            tests: [hours("a", 16..<19), hours("b", 1..<4)])
    }()
}
