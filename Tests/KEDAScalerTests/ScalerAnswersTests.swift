import GRPCCore
import Steering
import Testing

@testable import KEDAScaler

/// When KEDA is given a number, and when it is told that there is none.
@Suite struct ScalerAnswersTests {
    /// A state of the board, and what KEDA is answered.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// nil: UNAVAILABLE.
        let number: Int?
        /// Part of the reason, where there is no number.
        var reason = ""
        let prepare: @Sendable (SteeringBoard) -> Void
    }

    static let cases = [
        Case(testDescription: "the policy's number", number: 3) { $0.post(3) },
        Case(testDescription: "the policy's number, input as old as it may be", number: 3) { $0.post(3, age: 30) },
        Case(testDescription: "the fallback's number", number: 4) { $0.post(4, by: .fallback) },
        Case(testDescription: "a policy that asks for 0", number: 0) { $0.post(0) },
        Case(testDescription: "input was stale at the decision", number: nil, reason: "31 s old") {
            $0.post(3, age: 31)
        },
        Case(testDescription: "input has become stale since", number: nil, reason: "40 s old") {
            $0.post(3, age: 10, decided: present - 30)
        },
        Case(testDescription: "stale input, and the fallback", number: nil, reason: "31 s old") {
            $0.post(3, by: .fallback, age: 31)
        },
        Case(testDescription: "no input", number: nil, reason: "missing") { $0.post(3, age: -1) },
        Case(testDescription: "stale input, and 0 asked for", number: nil, reason: "31 s old") { $0.post(0, age: 31) },
        Case(testDescription: "the policy fails, no fallback", number: nil, reason: "no fallback is set") {
            $0.post(3, by: .nobody)
        },
        Case(testDescription: "the policy fails, no fallback, 0 workers", number: nil, reason: "out of memory") {
            $0.post(0, by: .nobody)
        },
        Case(testDescription: "an unknown function", number: nil, reason: "no function \"resize\"") { _ in },
        Case(testDescription: "another function is known", number: nil, reason: "no function \"resize\"") {
            $0.post(3, function: "other")
        },
        Case(testDescription: "advice", number: nil, reason: "only advised") { $0.post(3, mode: .advise) },
        Case(testDescription: "steering is about to end", number: nil, reason: "about to end") {
            $0.post(3)
            $0.stop()
        },
    ]

    @Test("a number from who knows, otherwise UNAVAILABLE; never 0 or inactive for want of knowledge", arguments: cases)
    func table(_ each: Case) throws {
        let board = SteeringBoard()
        each.prepare(board)
        let answers = board.answers
        var request = Externalscaler_GetMetricsRequest()
        request.scaledObjectRef = .init("resize")
        request.metricName = ScalerAnswers.metric
        let object = try ScaledObject(request.scaledObjectRef)
        // The HPA is to be there whatever is known.
        #expect(try answers.spec(for: request.scaledObjectRef).metricSpecs.map(\.targetSizeFloat) == [1])
        guard let number = each.number else {
            let refusals = [
                #expect(throws: RPCError.self) { try answers.metrics(for: request) },
                #expect(throws: RPCError.self) { try answers.activity(of: object) },
            ]
            for refusal in refusals {
                #expect(refusal?.code == .unavailable)
                #expect(refusal?.message.contains(each.reason) == true, "\(refusal?.message ?? "")")
            }
            return
        }
        let values = try answers.metrics(for: request).metricValues
        #expect(values.map(\.metricName) == [ScalerAnswers.metric])
        #expect(values.map(\.metricValue) == [Int64(number)])
        #expect(values.map(\.metricValueFloat) == [Double(number)])
        #expect(try answers.activity(of: object).result == (number > 0))
    }

    @Test("the function is the metadata's, else that of the ScaledObject's name; KEDA's own keys are not looked at")
    func functions() throws {
        #expect(try ScaledObject(.init("resize")).function == "resize")
        #expect(try ScaledObject(.init("a", ["function": "resize.openfaas-fn"])).function == "resize.openfaas-fn")
        let own = ["scalerAddress": "10.0.0.1:9300", "enableTLS": "true", "caCert": "", "unsafeSsl": "false"]
        #expect(try ScaledObject(.init("resize", own)).function == "resize")
    }

    @Test(
        "wrong metadata is an invalid argument, with what is expected",
        arguments: [
            ["function": ""], ["function": "a b"], ["function": "../x"],
            ["function": String(repeating: "a", count: 254)],
            ["Function": "resize"], ["funtion": "resize"], ["functions": "resize"], ["functionName": "resize"],
        ])
    func wrongMetadata(_ metadata: [String: String]) {
        let board = SteeringBoard()
        board.post(3)
        let refusal = #expect(throws: RPCError.self) { try board.answers.spec(for: .init("resize", metadata)) }
        #expect(refusal?.code == .invalidArgument)
        #expect(refusal?.message.contains("expected is") == true)
    }

    @Test("a ScaledObject without a name and without metadata, and another metric, are invalid arguments")
    func nothingToLookUp() {
        let answers = SteeringBoard().answers
        #expect(#expect(throws: RPCError.self) { try answers.spec(for: .init("")) }?.code == .invalidArgument)
        var request = Externalscaler_GetMetricsRequest()
        request.scaledObjectRef = .init("resize")
        request.metricName = "workers"
        let refusal = #expect(throws: RPCError.self) { try answers.metrics(for: request) }
        #expect(refusal?.code == .invalidArgument)
        #expect(refusal?.message.contains(ScalerAnswers.metric) == true)
    }
}
