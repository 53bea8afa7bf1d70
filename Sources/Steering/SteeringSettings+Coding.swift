import Farm

// Settings as records have them. What an earlier version did not write has its default.
extension SteeringSettings: Codable {
    private enum Key: String, CodingKey {
        case function, period, deadline, service, startUp, patience, staleAfter, quiet, largestStepUp, largestStepDown
        case holdDown, ageShare, forbidden, dailyBudget, least, most, initial
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.init(function: try values.decode(String.self, forKey: .function))
        func number(_ key: Key, _ usual: Double) throws -> Double {
            try values.decodeIfPresent(Double.self, forKey: key) ?? usual
        }
        func count(_ key: Key, _ usual: Int) throws -> Int {
            try values.decodeIfPresent(Int.self, forKey: key) ?? usual
        }
        period = try number(.period, period)
        deadline = try number(.deadline, deadline)
        service = try number(.service, service)
        startUp = try number(.startUp, startUp)
        patience = try number(.patience, patience)
        staleAfter = try number(.staleAfter, staleAfter)
        quiet = try number(.quiet, quiet)
        holdDown = try number(.holdDown, holdDown)
        ageShare = try number(.ageShare, ageShare)
        largestStepUp = try values.decodeIfPresent(Int.self, forKey: .largestStepUp)
        largestStepDown = try values.decodeIfPresent(Int.self, forKey: .largestStepDown)
        dailyBudget = try values.decodeIfPresent(Double.self, forKey: .dailyBudget)
        forbidden = try values.decodeIfPresent([ForbiddenTime].self, forKey: .forbidden) ?? []
        workers = WorkerBounds(
            min: try count(.least, workers.min), max: try count(.most, workers.max),
            initial: try count(.initial, workers.initial))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(function, forKey: .function)
        let numbers: [(Key, Double)] = [
            (.period, period), (.deadline, deadline), (.service, service), (.startUp, startUp), (.patience, patience),
            (.staleAfter, staleAfter), (.quiet, quiet), (.holdDown, holdDown), (.ageShare, ageShare),
        ]
        for (key, number) in numbers { try values.encode(number, forKey: key) }
        try values.encodeIfPresent(largestStepUp, forKey: .largestStepUp)
        try values.encodeIfPresent(largestStepDown, forKey: .largestStepDown)
        try values.encodeIfPresent(dailyBudget, forKey: .dailyBudget)
        try values.encode(forbidden, forKey: .forbidden)
        try values.encode(workers.min, forKey: .least)
        try values.encode(workers.max, forKey: .most)
        try values.encode(workers.initial, forKey: .initial)
    }
}
