import Foundation
import Pages
import Randomness
import Testing

@testable import Calibration

@Suite("Pictures of fits")
struct CalibrationPageTests {
    private let exponential: (Double) -> Double = { 1 - exp(-max(0, $0) / 2) }
    /// Ascending, each as likely as the others.
    private let quantiles = (0..<400).map { -2 * log(1 - (Double($0) + 0.5) / 400) }

    @Test("Quantiles of the fitted distribution lie on the diagonal, others do not")
    func diagonal() throws {
        let points = try dots(FitPicture.quantiles("q", "", unit: "s", quantiles, exponential).markup.source)
        #expect(points.count == 200)
        let ends = try line(FitPicture.quantiles("q", "", unit: "s", quantiles, exponential).markup.source)
        for point in points { #expect(abs(distance(point, from: ends)) < 0.2) }
        let off = FitPicture.quantiles("q", "", unit: "s", quantiles) { 1 - exp(-max(0, $0)) }.markup.source
        let (others, diagonal) = (try dots(off), try line(off))
        #expect(others.contains { abs(distance($0, from: diagonal)) > 20 })
    }

    @Test("A histogram's bars and the fitted line are shares that sum to 1")
    func histogram() throws {
        let html = FitPicture.histogram("h", "", unit: "s", quantiles, exponential).markup.source
        #expect(html.components(separatedBy: "class=\"column c0\"").count == 41)
        let path = try #require(html.split(separator: "class=\"line c1\" d=\"").last).prefix { $0 != "\"" }
        let heights = path.split { "ML".contains($0) }.map { 248 - (Double($0.split(separator: " ")[1]) ?? 0) }
        let first = exponential(quantiles[0] + (quantiles[399] - quantiles[0]) / 40)
        // The line goes along the top of each bar. The first bar is the highest, and as high as the picture or the highest bar allows.
        let sum = heights.reduce(0, +) / 2 / heights[0] * first
        #expect(abs(sum - exponential(quantiles[399])) < 0.02)
    }

    @Test("The page has all pictures, escapes its title, and needs nothing else")
    func page() throws {
        let times = quantiles.map { $0 + 0.01 }
        let startUp = try #require(
            StartUpFit([
                [
                    .init(seconds: 2, paid: 3, ready: 1, draining: 0, starting: 0, change: 1),
                    .init(seconds: 2, paid: 5, ready: 2, draining: 0, starting: 0, change: 1),
                ]
            ]))
        #expect(startUp.delays == [2, 3])
        var fits = CalibrationPage.Fits(
            service: try #require(ServiceFit(times)), arrivals: try #require(ArrivalFit([quantiles], horizon: 20)),
            startUp: startUp, serviceTimes: times, generated: [quantiles], horizon: 20)
        let html = CalibrationPage.html(title: "<fit>", subtitle: "", verdict: "", fits, text: "a & b")
        #expect(html.components(separatedBy: "<svg").count == 7)
        #expect(html.contains("&lt;fit&gt;") && html.contains("a &amp; b"))
        #expect(!html.contains("http") && !html.contains("<script") && !html.contains("nan") && !html.contains("inf"))
        fits.startUp = nil
        #expect(
            CalibrationPage.html(title: "t", subtitle: "", verdict: "", fits, text: "").components(separatedBy: "<svg")
                .count == 5)
        // A single value, and times that are all the same.
        let one = try #require(ServiceFit([0.5, 0.5]))
        fits = .init(
            service: one, arrivals: fits.arrivals, startUp: nil, serviceTimes: [0.5, 0.5], generated: [[1]],
            horizon: 20)
        #expect(!CalibrationPage.html(title: "t", subtitle: "", verdict: "", fits, text: "").contains("nan"))
    }

    @Test("Families tell their distribution functions")
    func cumulative() {
        #expect(abs(ServiceFit.Family.lognormal(mean: 2, cv: 0.5).cumulative(2 / 1.25.squareRoot()) - 0.5) < 1e-12)
        #expect(abs(ServiceFit.Family.gamma(shape: 1, mean: 2).cumulative(3) - exponential(3)) < 1e-9)
        #expect(ServiceFit.Family.constant(1).cumulative(0.9) == 0)
        #expect(ServiceFit.Family.constant(1).cumulative(1) == 1)
        #expect(ServiceFit.Family.empirical([1, 2, 3, 4]).cumulative(2.5) == 0.5)
        #expect(ServiceFit.Family.gamma(shape: 2, mean: 1).cumulative(-1) == 0)
    }

    private func dots(_ html: String) throws -> [(Double, Double)] {
        try html.components(separatedBy: "<circle class=\"point c0\" cx=\"").dropFirst().map { text in
            let parts = text.components(separatedBy: "\"")
            return (try #require(Double(parts[0])), try #require(Double(parts[2])))
        }
    }

    private func line(_ html: String) throws -> [Double] {
        let text = try #require(html.components(separatedBy: "class=\"line c1\" d=\"").last)
        let numbers = text.prefix { $0 != "\"" }.split { "ML ".contains($0) }
        return try numbers.map { try #require(Double($0)) }
    }

    /// Upwards, in the picture's units.
    private func distance(_ point: (Double, Double), from ends: [Double]) -> Double {
        let share = (point.0 - ends[0]) / (ends[2] - ends[0])
        return point.1 - (ends[1] + share * (ends[3] - ends[1]))
    }
}
