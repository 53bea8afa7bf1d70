import Foundation
import OpenFaaS
import Testing

@Suite("Status and deployment in JSON")
struct FunctionStatusTests {
    private func status(_ text: String) throws -> FunctionStatus {
        try JSONDecoder().decode(FunctionStatus.self, from: Data(text.utf8))
    }

    @Test("as faasd gives it")
    func complete() throws {
        let status = try status(
            #"{"name":"w","image":"r/w:1","namespace":"fn","envProcess":"/w","envVars":{"a":"b"},"labels":{"x":"1"},"#
                + #""annotations":{"t":"c"},"invocationCount":6,"replicas":1,"availableReplicas":1,"#
                + #""createdAt":"2026-11-25T03:27:09.205132244Z","usage":null}"#)
        #expect(
            status
                == FunctionStatus(
                    name: "w", image: "r/w:1", namespace: "fn", envProcess: "/w", envVars: ["a": "b"],
                    labels: ["x": "1"],
                    annotations: ["t": "c"], replicas: 1, availableReplicas: 1, invocationCount: 6,
                    createdAt: "2026-11-25T03:27:09.205132244Z"))
        #expect(try self.status(String(decoding: JSONEncoder().encode(status), as: UTF8.self)) == status)
    }

    @Test("large counts keep their value", arguments: [("1e6", 1_000_000), ("4294967296", 4_294_967_296), ("6.0", 6)])
    func counts(_ text: String, _ count: Int) throws {
        #expect(try status(#"{"name":"w","invocationCount":\#(text)}"#).invocationCount == count)
    }

    @Test("counts that are none are errors", arguments: ["-1", #""3""#, "1e300", "true"])
    func badCounts(_ text: String) {
        #expect(throws: DecodingError.self) { try status(#"{"name":"w","replicas":\#(text)}"#) }
    }

    @Test("a deployment leaves out what is not given")
    func deployment() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let bytes = try encoder.encode(FunctionDeployment(service: "w", image: "i"))
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"image":"i","service":"w"}"#)
    }
}
