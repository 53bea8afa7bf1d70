import Foundation
import Pages

/// A calibration as a page that needs nothing else: what was measured beside what was fitted.
enum CalibrationPage {
    /// What the pictures are of.
    struct Fits {
        var service: ServiceFit
        var arrivals: ArrivalFit
        /// nil: no worker was seen to start.
        var startUp: StartUpFit?
        /// Seconds of work of each task that was done.
        var serviceTimes: [Double]
        /// Generation times in each episode, in seconds.
        var generated: [[Double]]
        /// Length of an episode in seconds, above 0.
        var horizon: Double
    }

    /// The page's source.
    ///
    /// - Parameters:
    ///   - subtitle: what was fitted to what.
    ///   - verdict: whether the fit does as the farm did, in a sentence or two.
    ///   - text: figures of the fit and the gap to the recording, as people read them in a terminal.
    static func html(title: String, subtitle: String, verdict: String, _ fits: Fits, text: String) -> String {
        Page(
            title: title, subtitle: subtitle + " Blue is what was measured, orange what was fitted.",
            sections: [
                Page.section("Does it do as the farm did?", nil, [.element("p", text: verdict)]),
                Page.section("Figures", nil, [.element("pre", text: text)]),
            ] + pictures(fits).map(\.markup)
        ).text
    }

    private static func pictures(_ fits: Fits) -> [FitPicture] {
        let times = fits.serviceTimes.sorted()
        let family = fits.service.family
        var pictures = [
            FitPicture.histogram(
                "Service times", "Of the tasks that were done; fitted: \(family.name).", unit: "s", times,
                family.cumulative),
            FitPicture.quantiles(
                "Service times, quantile by quantile", diagonal, unit: "s", times, family.cumulative),
        ]
        if let startUp = fits.startUp, !startUp.delays.isEmpty {
            let normal: (Double) -> Double = { seconds in
                guard startUp.standardDeviation > 0 else { return seconds < startUp.mean ? 0 : 1 }
                return Distributions.normal((seconds - startUp.mean) / startUp.standardDeviation)
            }
            pictures.append(
                .histogram(
                    "Start-up delays", "Means of waves of workers that started together; fitted: normal.", unit: "s",
                    startUp.delays, normal))
            pictures.append(
                .quantiles(
                    "Start-up delays, quantile by quantile", diagonal, unit: "s", startUp.delays, normal))
        }
        pictures.append(
            .rates(
                "Arrivals", "The mean of the episodes; fitted: constant in phases.", rates(fits),
                fits.arrivals.phases, horizon: fits.horizon))
        pictures.append(
            .quantiles(
                "Gaps between arrivals, quantile by quantile", "Fitted: a Poisson process. " + diagonal,
                unit: "expected gaps", fits.arrivals.gaps, { 1 - exp(-$0) }))
        return pictures
    }

    private static let diagonal = "A good fit lies on the diagonal."

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
