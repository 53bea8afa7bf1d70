// swift-tools-version: 6.1
import PackageDescription

// A fuzzer of the frames that the protocol's decoder reads, guided by what of its code they reach. Beside the program's own
// package, because all of it is built with the fuzzer's instruments. From the repository's root:
//
//     swift build --package-path Tests/fuzz -c release --sanitize fuzzer --product FrameFuzzer
//     mkdir -p .build/found
//     Tests/fuzz/.build/release/FrameFuzzer -max_len=4096 -runs=10000000 .build/found Tests/fuzz/corpus
//
// A frame that shows a fault is written to a file, which then belongs into the corpus.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0")],
    targets: [
        room("Randomness", []),
        room("Gymnasium", ["Randomness"]),
        room("EnvironmentProtocol", ["Gymnasium", "Randomness", protobuf]),
        .executableTarget(
            name: "FrameFuzzer", dependencies: ["EnvironmentProtocol", "Gymnasium", "Randomness", protobuf],
            path: "FrameFuzzer", swiftSettings: settings),
    ]
)
