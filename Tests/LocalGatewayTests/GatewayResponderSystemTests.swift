import Curl
import Foundation
import LocalGateway
import Testing

/// Requests and answers as a real gateway was seen to exchange them: status, header names, shape of the body.
@Suite("/system/ as OpenFaaS answers it")
struct GatewayResponderSystemTests {
    private let login = [(name: "Authorization", value: "Basic " + Data("admin:secret".utf8).base64EncodedString())]

    @Test("everything under /system/ wants the login; nothing else does")
    func authentication() async throws {
        try await TestGateway.run {
            $0.password = "secret"
        } _: { gateway in
            let paths = [
                "/system/info", "/system/functions", "/system/function/x", "/system/scale-function/x",
                "/system/namespaces",
            ]
            for path in paths {
                for header in [
                    nil, "Basic " + Data("admin:wrong".utf8).base64EncodedString(), "Basic ?", "Bearer secret", "",
                ] {
                    let headers = header.map { [(name: "Authorization", value: $0)] } ?? []
                    let answer = try await gateway.send("GET", path, headers: headers)
                    #expect(answer.status == 401)
                    #expect(answer["www-authenticate"] == "Basic realm=\"Restricted\"")
                    #expect(answer["content-type"] == "text/plain; charset=utf-8")
                    #expect(answer.text == "invalid credentials")
                }
            }
            #expect(try await gateway.send("GET", "/system/info", headers: login).status == 200)
            #expect(try await gateway.send("GET", "/healthz").status == 200)
            #expect(try await gateway.send("POST", "/function/nosuch").status == 404)
        }
    }

    @Test("without a password, web pages are still kept out")
    func webPages() async throws {
        try await TestGateway.run { gateway in
            for (headers, status) in [
                ([], 200), ([("Origin", "http://evil.example")], 401), ([("Host", "evil.example")], 401),
            ] {
                let answer = try await gateway.send("GET", "/system/info", headers: headers)
                #expect(answer.status == status)
            }
        }
    }

    @Test("health, root, unknown paths and wrong methods")
    func fixedAnswers() async throws {
        try await TestGateway.run { gateway in
            let health = try await gateway.send("GET", "/healthz")
            #expect((health.status, health.text, health["content-length"] ?? "") == (200, "", "0"))
            let root = try await gateway.send("GET", "/")
            #expect((root.status, root["location"] ?? "") == (301, "/ui/"))
            #expect(root.text == "<a href=\"/ui/\">Moved Permanently</a>.\n\n")
            for path in ["/system/nosuch", "/nosuch", "/function/", "/async-function/"] {
                let missing = try await gateway.send("GET", path)
                #expect((missing.status, missing.text) == (404, "404 page not found\n"))
                #expect(missing["x-content-type-options"] == "nosniff")
            }
            for (method, path) in [
                ("PATCH", "/system/functions"), ("GET", "/system/scale-function/w"), ("POST", "/system/info"),
            ] {
                let wrong = try await gateway.send(method, path)
                #expect((wrong.status, wrong.text) == (405, ""))
            }
            let info = try gateway.json(try await gateway.send("GET", "/system/info"))
            #expect(Set(info.keys) == ["provider", "version", "arch"])
            let provider = try #require(info["provider"] as? [String: Any])
            #expect(Set(provider.keys) == ["provider", "orchestration", "version"])
            let version = try #require(info["version"] as? [String: Any])
            #expect(Set(version.keys) == ["release", "sha", "commit_message"])
            #expect(try await gateway.send("GET", "/system/namespaces").text == #"["openfaas-fn"]"#)
        }
    }

    @Test("deploy, read, update, delete; zero is left out")
    func lifeOfAFunction() async throws {
        try await TestGateway.run { gateway in
            let deployed = try await gateway.deploy("w2", labels: ["com.openfaas.scale.min": "0", "a": "b"])
            #expect((deployed.status, deployed.text) == (202, ""))
            var status = try await gateway.status("w2")
            #expect(
                Set(status.keys) == ["name", "image", "namespace", "envProcess", "labels", "annotations", "createdAt"])
            #expect(status["namespace"] as? String == "openfaas-fn")
            #expect(status["labels"] as? [String: String] == ["com.openfaas.scale.min": "0", "a": "b"])

            let again = try await gateway.deploy("w2")
            #expect(again.status == 400)
            #expect(again["x-content-type-options"] == "nosniff")
            #expect(try await gateway.deploy("w2", labels: ["c": "d"], method: "PUT").status == 202)
            #expect(try await gateway.status("w2")["labels"] as? [String: String] == ["c": "d"])
            let missing = try await gateway.deploy("nosuch", method: "PUT")
            #expect((missing.status, missing.text) == (404, "service nosuch not found\n"))

            try await gateway.scale("w2", to: 1)
            status = try await gateway.status("w2")
            #expect(status["replicas"] as? Int == 1)
            #expect(try await gateway.call("w2").response.status == 200)
            #expect(Set(try await gateway.status("w2").keys).contains("invocationCount") == false)
            let list = try await gateway.send("GET", "/system/functions?namespace=openfaas-fn")
            let entries = try #require(try JSONSerialization.jsonObject(with: Data(list.body)) as? [[String: Any]])
            #expect(entries.count == 1)
            #expect(entries[0]["invocationCount"] as? Int == 1)
            #expect(entries[0]["availableReplicas"] as? Int == 1)

            #expect(try await gateway.send("DELETE", "/system/functions", #"{"functionName":"w2"}"#).status == 202)
            #expect(try await gateway.send("GET", "/system/function/w2").status == 404)
            let gone = try await gateway.send("DELETE", "/system/functions", #"{"functionName":"w2"}"#)
            #expect((gone.status, gone.text) == (404, "service w2 not found\n"))
            #expect(try await gateway.call("w2").response.status == 404)
        }
    }

    @Test("bodies that are no JSON, unknown namespaces, the name with its namespace")
    func mistakes() async throws {
        try await TestGateway.run { gateway in
            let noJSON = try await gateway.send("POST", "/system/functions", "x")
            #expect((noJSON.status, noJSON.text) == (400, "invalid character 'x' looking for beginning of value\n"))
            #expect(try await gateway.send("POST", "/system/functions").text == "unexpected end of JSON input\n")
            #expect(try await gateway.send("DELETE", "/system/functions", "{}").status == 400)
            let namespace = try await gateway.send("GET", "/system/functions?namespace=nosuch")
            #expect((namespace.status, namespace.text) == (400, "namespace not valid\n"))
            let dotted = try await gateway.send("GET", "/system/function/worker.openfaas-fn")
            #expect((dotted.status, dotted.text) == (404, ""))
        }
    }

    @Test("scaling: accepted, or refused as the gateway refuses it")
    func scaling() async throws {
        try await TestGateway.run { gateway in
            try await gateway.deploy("w", labels: ["com.openfaas.scale.min": "0"])
            #expect(try await gateway.scale("w", to: 2).status == 202)
            #expect(try await gateway.status("w")["replicas"] as? Int == 2)
            try await gateway.waitForReady(2, "w")
            #expect(try await gateway.scale("w", to: 0).status == 202)
            let status = try await gateway.status("w")
            #expect(status["replicas"] == nil && status["availableReplicas"] == nil)
            let missing = try await gateway.scale("nosuch", to: 1)
            #expect((missing.status, missing.text) == (404, "service nosuch not found\n"))
            for body in [#"{"serviceName":"w","replicas":-1}"#, "x", "", #"{"replicas":"2"}"#] {
                let bad = try await gateway.send("POST", "/system/scale-function/w", body)
                #expect((bad.status, bad.text) == (400, "Error unmarshalling request body\n"))
            }
            #expect(try await gateway.scale("w", to: 100_000).status == 400)
            let namespace = try await gateway.send(
                "POST", "/system/scale-function/w", #"{"replicas":1,"namespace":"nosuch"}"#)
            #expect((namespace.status, namespace.text) == (400, "namespace not valid\n"))
        }
    }
}
