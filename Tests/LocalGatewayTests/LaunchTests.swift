import Testing

@testable import LocalGateway

@Suite("What envProcess names")
struct LaunchTests {
    @Test("is split at spaces, without a shell, and looked up in PATH")
    func splitting() throws {
        let launch = try Launch(
            envProcess: "  sh -c  $HOME;ls ", envVars: [:], inherited: ["PATH": "/nowhere:/bin:/usr/bin"])
        #expect(launch.path == "/bin/sh")
        #expect(launch.arguments == ["sh", "-c", "$HOME;ls"])
    }

    @Test("gets a minimal environment, its own variables, and PORT")
    func environment() throws {
        let inherited = ["PATH": "/bin", "HOME": "/root", "AWS_SECRET_ACCESS_KEY": "s", "LANG": "C"]
        let launch = try Launch(
            envProcess: "/bin/sh", envVars: ["LANG": "sv", "PORT": "1", "a": "b"], inherited: inherited)
        #expect(
            launch.listening(on: 4_711).environment
                == ["PATH": "/bin", "HOME": "/root", "LANG": "sv", "PORT": "4711", "a": "b"])
    }

    @Test("must be there", arguments: ["", "   ", "no-such-program-here", "/no/such/program", "/tmp"])
    func missing(_ envProcess: String) {
        let refusal = #expect(throws: Refusal.self) { try Launch(envProcess: envProcess, envVars: [:]) }
        #expect(refusal?.status == 400)
        #expect(refusal?.text.contains("envProcess") == true)
    }
}
