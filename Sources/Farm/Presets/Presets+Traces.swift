extension Scenario {
    /// A day of 100 functions together: 7 tasks a second on average, 27 in the busiest minute.
    static let azureDay = Scenario(
        name: "azure-day", summary: "a day of 100 functions of the Azure Functions trace 2019, a step a minute",
        arrivals: .trace(.azureDay), service: ServiceTime(.lognormal(mean: 0.6, cv: 1), max: 60),
        deadline: DeadlineRule(factor: 0, min: 3, max: 3), workers: WorkerBounds(min: 1, max: 40, initial: 8),
        startUp: coldStart, stepSeconds: 60, steps: 1_440)

    /// A day of one function that sleeps for hours and then gets 18 tasks a second.
    static let azureBursty = Scenario(
        name: "azure-bursty",
        summary: "a day of one bursty function of the Azure Functions trace 2019, two steps a minute",
        arrivals: .trace(.azureBursty), service: ServiceTime(.lognormal(mean: 1, cv: 1), max: 60),
        deadline: DeadlineRule(factor: 0, min: 10, max: 10), workers: WorkerBounds(min: 1, max: 40, initial: 1),
        startUp: coldStart, stepSeconds: 30, steps: 2_880)

    /// An hour of a code completion service: silence, and up to 67 requests in one second.
    static let llmCode = Scenario(
        name: "llm-code", summary: "an hour of code completion of the Azure LLM inference trace 2023, steps of 8 s",
        arrivals: .trace(.llmCode), service: ServiceTime(.lognormal(mean: 2, cv: 0.6), max: 60),
        deadline: DeadlineRule(factor: 0, min: 10, max: 10), workers: WorkerBounds(min: 1, max: 40, initial: 4),
        startUp: coldStart, stepSeconds: 8, steps: 430)

    private static let coldStart = StartUpDelay(mean: 6.5, standardDeviation: 1, min: 4.7, max: 9.4)
}
