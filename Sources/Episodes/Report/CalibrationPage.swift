import Foundation

/// A calibration as a page that needs nothing else: what was measured beside what was fitted.
public enum CalibrationPage {
    /// What the pictures are of.
    public struct Fits {
        public var service: ServiceFit
        public var arrivals: ArrivalFit
        /// nil: no worker was seen to start.
        public var startUp: StartUpFit?
        /// Seconds of work of each task that was done.
        public var serviceTimes: [Double]
        /// Generation times in each episode, in seconds.
        public var generated: [[Double]]
        /// Length of an episode in seconds, above 0.
        public var horizon: Double

        public init(
            service: ServiceFit, arrivals: ArrivalFit, startUp: StartUpFit?, serviceTimes: [Double],
            generated: [[Double]], horizon: Double
        ) {
            self.service = service
            self.arrivals = arrivals
            self.startUp = startUp
            self.serviceTimes = serviceTimes
            self.generated = generated
            self.horizon = horizon
        }
    }

    /// The page's source.
    ///
    /// - Parameter text: figures of the fit and the gap to the recording, as people read them in a terminal.
    public static func html(title: String, _ fits: Fits, text: String) -> String {
        let sections = pictures(fits).map(\.html).joined(separator: "\n")
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(EpisodePage.escaped(title))</title>
            <style>\(EpisodePage.style)
            .bar{fill:var(--c0);opacity:.45}.dot{fill:var(--c0)}
            </style></head>
            <body><main><h1>\(EpisodePage.escaped(title))</h1>
            <p>Blue is what was measured, orange what was fitted.</p>
            \(sections)
            <h2>Figures</h2><pre>\(EpisodePage.escaped(text))</pre>
            </main></body></html>

            """
    }

    private static func pictures(_ fits: Fits) -> [FitPicture] {
        let times = fits.serviceTimes.sorted()
        let family = fits.service.family
        var pictures = [
            FitPicture.histogram(
                "service times, s", "share of the tasks; fitted: \(family.name)", times, family.cumulative),
            FitPicture.quantiles(
                "service times, quantiles, s", "fitted to the right, measured upwards", times, family.cumulative),
        ]
        if let startUp = fits.startUp, !startUp.delays.isEmpty {
            let normal: (Double) -> Double = { seconds in
                guard startUp.standardDeviation > 0 else { return seconds < startUp.mean ? 0 : 1 }
                return Distributions.normal((seconds - startUp.mean) / startUp.standardDeviation)
            }
            pictures.append(
                .histogram(
                    "start-up delays, s", "of waves of workers that started together, their mean; fitted: normal",
                    startUp.delays, normal))
            pictures.append(
                .quantiles(
                    "start-up delays, quantiles, s", "fitted to the right, measured upwards", startUp.delays, normal))
        }
        pictures.append(
            .rates(
                "arrivals, tasks a second", "over an episode, in seconds; fitted: constant in phases", rates(fits),
                fits.arrivals.phases, horizon: fits.horizon))
        pictures.append(
            .quantiles(
                "gaps between arrivals, quantiles",
                "in units of the expected gap; fitted, a Poisson process, to the right, measured upwards",
                fits.arrivals.gaps, { 1 - exp(-$0) }))
        return pictures
    }

    /// Tasks a second in equal stretches of time, the mean of the episodes.
    private static func rates(_ fits: Fits) -> [Double] {
        let bins = 80
        var counts = Array(repeating: 0.0, count: bins)
        for time in fits.generated.joined() where time >= 0 && time < fits.horizon {
            counts[min(bins - 1, Int(time / fits.horizon * Double(bins)))] += 1
        }
        let seconds = fits.horizon / Double(bins) * Double(max(1, fits.generated.count))
        return counts.map { $0 / seconds }
    }
}
