import Curl
import Testing

@testable import LocalGateway

@Suite("Names of functions")
struct FunctionSpecificationTests {
    @Test("faas-netes#69: names are DNS labels; others are refused with the rule")
    func report53_namesAreDNSLabels() async throws {
        try await TestGateway.run { gateway in
            for name in ["function1", "a", "0", "a-b-0", String(repeating: "a", count: 63)] {
                #expect(
                    try await gateway.deploy(name, labels: ["com.openfaas.scale.min": "0"]).status == 202, "\(name)")
                #expect(try await gateway.send("GET", "/system/function/\(name)").status == 200)
            }
            for name in [
                "my_func", "Worker", String(repeating: "a", count: 64), "-x", "x-", "caf\u{E9}", "\u{1F600}", "a.b",
                "a b", "a/b",
            ] {
                let answer = try await gateway.deploy(name)
                #expect(answer.status == 400, "\(name)")
                #expect(answer.text.contains("1 to 63 characters"), "\(name): \(answer.text)")
                #expect(answer["content-type"] == "text/plain; charset=utf-8")
            }
            #expect(try await gateway.deploy("").text == "service is missing: give the function a name\n")
        }
    }

    @Test("a specification that cannot be run is refused, and says why")
    func refusals() async throws {
        try await TestGateway.run { gateway in
            let missing = try await gateway.send("POST", "/system/functions", #"{"service":"w","image":"i"}"#)
            #expect(missing.status == 400)
            #expect(missing.text.hasPrefix("envProcess is missing"))
            #expect(try await gateway.deploy("w", envProcess: "no-such-program").status == 400)
            #expect(try await gateway.deploy("w", envVars: ["start_delay": "soon"]).text.contains("start_delay"))
            #expect(try await gateway.deploy("w", labels: ["com.openfaas.scale.min": "x"]).status == 400)
            let secret = #"{"service":"w","envProcess":"sh","secrets":["nope"]}"#
            #expect(try await gateway.send("POST", "/system/functions", secret).text == "unable to find secret: nope\n")
            let namespace = #"{"service":"w","envProcess":"sh","namespace":"other"}"#
            #expect(try await gateway.send("POST", "/system/functions", namespace).text == "namespace not valid\n")
            let wrongType = try await gateway.send("POST", "/system/functions", #"{"service":7}"#)
            #expect(wrongType.status == 400)
            #expect(wrongType.text.contains("service"))
            #expect(try await gateway.send("GET", "/system/functions").text == "[]")
        }
    }
}
