import Farm

/// The rules that ``ExpertAdvice`` listens to.
enum ExpertList {
    /// The first ones are the cheapest on most of the loads that they were tried on.
    static let favoured = 3

    /// Texts for the catalogue.
    static func texts(_ stage: Stage) -> [String] {
        [
            "forecast:miss=0.01,quantile=0.5,stabilisation=0", "forecast:miss=0.01,quantile=0.8,stabilisation=30",
            "forecast:miss=0.1,quantile=0.5,stabilisation=0",
        ] + forecasts + operators(stage) + stage.workers.spread(atMost: 14).map { "static:\($0)" }
    }

    private static var forecasts: [String] {
        var texts: [String] = []
        for headroom in [1, 1.5, 2.5] {
            for peak in [0, 0.5] {
                for (miss, quantile) in [(0.01, 0.5), (0.1, 0.5), (0.01, 0.95)] {
                    for hold in [0, 60, 180] {
                        texts.append(
                            "forecast:miss=\(miss),quantile=\(quantile),stabilisation=\(hold),"
                                + "headroom=\(headroom),peak=\(peak)")
                    }
                }
            }
        }
        for cost in [0.03, 0.1, 0.3] {
            for hold in [0, 60] { texts.append("forecast:cost=\(cost),stabilisation=\(hold)") }
        }
        return texts
    }

    private static func operators(_ stage: Stage) -> [String] {
        var texts: [String] = []
        for hold in [30, 120, 300] {
            let way = "tolerance=0,stabilisation=\(hold),up-workers=100"
            for target in [0.4, 0.5, 0.6, 0.7, 0.8] { texts.append("target-utilisation:target=\(target),\(way)") }
            for target in [0.5, 0.7, 0.9] { texts.append("queue-length:target=\(target),\(way)") }
        }
        for share in [0.4, 0.55, 0.7, 0.85] {
            let target = (share / max(stage.service.mean, 1e-6) * 1e4).rounded() / 1e4
            for hold in [0, 120] {
                texts.append(
                    "openfaas-rps:target=\(min(max(target, 1e-4), 1e6)),proportion=1,interval=0,down-window=\(hold)")
            }
        }
        for utilisation in [0.4, 0.55, 0.7] {
            for window in [30, 60] {
                texts.append("concurrency:utilisation=\(utilisation),window=\(window),panic-threshold=150")
            }
        }
        return texts
    }
}
