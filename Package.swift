// swift-tools-version: 6.1
import Foundation
import PackageDescription

// Rooms and floors: a room imports rooms of lower floors only (docs/architecture.md). `house` refuses a package that is not so.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

typealias Floor = (number: Int, rooms: [Target])

func floor(_ number: Int, _ rooms: Target...) -> Floor { (number, rooms) }

/// All rooms of the floors. Ends the reading of the package at a room that imports one of its own floor or of a higher one.
func house(_ floors: [Floor]) -> [Target] {
    var numbers: [String: Int] = [:]
    for floor in floors {
        for room in floor.rooms { numbers[room.name] = floor.number }
    }
    for floor in floors {
        for room in floor.rooms {
            for case .byNameItem(let name, _) in room.dependencies
            where numbers[name].map({ $0 >= floor.number }) ?? true {
                let place = numbers[name].map { "on floor \($0)" } ?? "on none"
                print(
                    "\(room.name) is on floor \(floor.number) and imports \(name), which is \(place); "
                        + "a room imports rooms of lower floors only")
                exit(1)
            }
        }
    }
    return floors.flatMap(\.rooms)
}

func tests(of name: String, with dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies, swiftSettings: settings
    )
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let http: [Target.Dependency] = [
    hummingbird,
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
]
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let grpc: [Target.Dependency] = [
    .product(name: "GRPCCore", package: "grpc-swift-2"),
    .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
    .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
]
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

let package = Package(
    name: "faasfarm",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "faasfarm", targets: ["faasfarm"]),
        .executable(name: "swift-examples", targets: ["swift-examples"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: house([
        floor(
            0,
            .systemLibrary(
                name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"]), .brew(["zeromq"])]),
            .systemLibrary(
                name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
            .target(name: "CProcess"),
            .target(name: "CKernels"),
            room("Pages", []),
            room("Files", []),
            room("Numbers", []),
            room("Randomness", []),
            room("SystemErrors", []),
            room("Promises", []),
            room("Prometheus", [.product(name: "CoreMetrics", package: "swift-metrics")])),
        floor(
            1,
            room("ReferenceWorker", ["CProcess", lifecycle, logging] + http),
            room("Terminal", ["Numbers"]),
            room("Gymnasium", ["Randomness"]),
            room("Farm", ["Randomness", .product(name: "Yams", package: "Yams")]),
            room("Curl", ["CCurl"])),
        floor(
            2,
            room("FarmSimulator", ["Farm", "Randomness"]),
            room("FarmModel", ["Farm", "Randomness"]),
            room("ClassicControl", ["Gymnasium", "Randomness"]),
            room("Learning", ["CKernels", "Files", "Gymnasium", "Randomness", "SystemErrors"]),
            room("HTTPWorkers", ["Curl", "Farm"]),
            room("LiveFarm", ["Farm", "Numbers", "Randomness", logging, metrics]),
            room("OpenFaaS", ["Curl", "Farm"]),
            room(
                "LocalGateway",
                ["Curl", "CProcess", "Promises", "Randomness", "SystemErrors", lifecycle, logging] + http),
            room("Sessions", []),
            room("ZeroMQ", ["CZeroMQ", "SystemErrors"]),
            room("EnvironmentProtocol", ["Gymnasium", "Randomness", protobuf])),
        floor(
            3,
            room(
                "OpenFaaSWorkers",
                ["Curl", "Farm", "Files", "Numbers", "OpenFaaS", "SystemErrors", logging]),
            room("FarmEnvironments", ["Farm", "Gymnasium", "Randomness"]),
            room("FarmPolicies", ["Farm", "FarmModel", "Randomness"]),
            room(
                "EnvironmentServer",
                [
                    "EnvironmentProtocol", "Gymnasium", "Promises", "Randomness", "Sessions", "ZeroMQ", lifecycle,
                    logging,
                    metrics, protobuf,
                ]),
            room(
                "Episodes",
                [
                    "Pages", "EnvironmentProtocol", "Files", "Gymnasium", "Numbers", "Randomness", grdb,
                    logging,
                    protobuf,
                ]),
            room(
                "EnvironmentClient",
                ["EnvironmentProtocol", "Gymnasium", "Numbers", "Randomness", "ZeroMQ", protobuf])),
        floor(
            4,
            room("Steering", ["Farm", "Randomness", logging, .product(name: "Yams", package: "Yams")]),
            room("Throughput", ["EnvironmentClient", "Gymnasium", "Randomness"]),
            room(
                "DaemonHTTP",
                [
                    "Episodes", "LiveFarm", "OpenFaaS", "OpenFaaSWorkers", "Prometheus", "Promises", "SystemErrors",
                    grdb, lifecycle,
                    logging,
                    metrics, .product(name: "CoreMetrics", package: "swift-metrics"),
                ] + http),
            room(
                "Diagnosis",
                ["CCurl", "Curl", "Episodes", "Farm", "LocalGateway", "OpenFaaS", "ZeroMQ", grdb, logging]),
            room(
                "EnvironmentCatalogue",
                [
                    "ClassicControl", "EnvironmentClient", "EnvironmentProtocol", "Episodes", "Farm",
                    "FarmEnvironments", "FarmSimulator",
                    "Gymnasium", "Randomness",
                ]),
            room(
                "EnvironmentValidation",
                [
                    "EnvironmentClient", "EnvironmentProtocol", "Gymnasium", "Numbers", "Randomness", "ZeroMQ",
                    protobuf,
                ]),
            room(
                "Evaluation",
                [
                    "Pages", "Farm", "FarmEnvironments", "FarmModel", "FarmPolicies", "FarmSimulator", "Files",
                    "Gymnasium",
                    "Learning",
                    "Randomness",
                ])),
        floor(
            5,
            room("SteeringControl", ["Curl", "DaemonHTTP", "Steering", logging] + http),
            room(
                "SteeringSources",
                [
                    "Curl", "Evaluation", "Farm", "FarmPolicies", "Learning", "OpenFaaS", "Prometheus", "Steering",
                ]),
            room(
                "FunctionIngress",
                [
                    "Curl", "Farm", "OpenFaaS", "Promises", "Steering", "SystemErrors", grdb, hummingbirdCore,
                    lifecycle,
                    logging,
                ] + http),
            room(
                "SteeringReview",
                [
                    "Episodes", "Evaluation", "Farm", "FarmEnvironments", "FarmPolicies", "Gymnasium", "Pages",
                    "Steering",
                ]),
            room(
                "KEDAScaler",
                [
                    "DaemonHTTP", "Prometheus", "Promises", "Steering", "SystemErrors", lifecycle, logging, protobuf,
                    .product(name: "CoreMetrics", package: "swift-metrics"),
                ] + http + grpc),
            room(
                "SteeringMetrics",
                ["Farm", "Steering", metrics, .product(name: "CoreMetrics", package: "swift-metrics")]),
            room(
                "LivePage",
                ["DaemonHTTP", "Farm", "LiveFarm", "Pages", "Steering", lifecycle, logging] + http,
                resources: [.embedInCode("live.html")]),
            room(
                "Calibration",
                [
                    "Pages", "EnvironmentCatalogue", "Episodes", "Evaluation", "Farm", "FarmEnvironments",
                    "FarmPolicies",
                    "FarmSimulator", "Gymnasium", "Randomness",
                ])),
        floor(
            6,
            .executableTarget(
                name: "faasfarm",
                dependencies: [
                    "Calibration", "Curl", "DaemonHTTP", "Diagnosis", "EnvironmentCatalogue", "EnvironmentClient",
                    "EnvironmentServer",
                    "EnvironmentValidation", "Episodes", "Evaluation", "Farm", "FarmEnvironments", "FarmPolicies",
                    "Files", "FunctionIngress",
                    "Gymnasium", "HTTPWorkers", "KEDAScaler", "Learning", "LiveFarm", "LivePage", "LocalGateway",
                    "Numbers",
                    "OpenFaaS", "OpenFaaSWorkers", "Prometheus", "Randomness", "ReferenceWorker", "Steering",
                    "SteeringControl", "SteeringMetrics", "SteeringReview", "SteeringSources", "SystemErrors",
                    "Terminal",
                    "Throughput", "ZeroMQ", lifecycle, logging,
                    .product(name: "ArgumentParser", package: "swift-argument-parser"),
                    .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                    .product(name: "Yams", package: "Yams"),
                ],
                swiftSettings: settings
            )),
    ]) + [
        tests(of: "Episodes", with: ["Pages", "EnvironmentProtocol", "Gymnasium", "Randomness", grdb, protobuf]),
        tests(of: "FarmEnvironments", with: ["Farm", "FarmSimulator", "Files", "Gymnasium", "Randomness"]),
        tests(of: "LiveFarm", with: ["Farm", "Randomness", logging]),
        tests(of: "HTTPWorkers", with: ["Curl", "Farm", "LiveFarm", "Randomness", "StubGateway", logging]),
        tests(
            of: "OpenFaaSWorkers",
            with: ["Farm", "LiveFarm", "OpenFaaS", "Prometheus", "Randomness", "StubGateway", logging]),
        tests(of: "Farm", with: ["Randomness"]),
        tests(of: "Steering", with: ["Farm", "Randomness", logging]),
        tests(of: "SteeringControl", with: ["Curl", "DaemonHTTP", "Farm", "Steering", logging]),
        tests(
            of: "SteeringReview",
            with: ["Episodes", "Evaluation", "Farm", "FarmEnvironments", "Gymnasium", "Steering", grdb]),
        .executableTarget(
            name: "journal-writer", dependencies: ["Episodes", "Farm", "Steering", "SteeringReview"],
            path: "Tests/JournalWriter", swiftSettings: settings),
        tests(
            of: "KEDAScaler", with: ["DaemonHTTP", "Farm", "Prometheus", "Steering", lifecycle, logging] + http + grpc),
        .executableTarget(
            name: "steering-board",
            dependencies: [
                "DaemonHTTP", "Farm", "KEDAScaler", "Prometheus", "Steering", hummingbird, lifecycle, logging,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/SteeringBoardServer", swiftSettings: settings),
        tests(of: "LivePage", with: ["Farm", "LiveFarm", "Steering"]),
        tests(of: "SteeringMetrics", with: ["Farm", "Prometheus", "Steering"]),
        .executableTarget(
            name: "steering-stage",
            dependencies: [
                "DaemonHTTP", "Farm", "LivePage", "Prometheus", "Steering", "SteeringMetrics", lifecycle, logging,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/SteeringStage", swiftSettings: settings),
        tests(of: "FarmModel", with: ["Farm", "FarmSimulator", "Randomness"]),
        tests(of: "FarmPolicies", with: ["Farm", "FarmModel", "FarmSimulator", "Randomness"]),
        .testTarget(
            name: "ClassicControlTests", dependencies: ["ClassicControl", "Gymnasium", "Randomness"],
            exclude: ["Trajectories"], swiftSettings: settings),
        tests(of: "FarmSimulator", with: ["Farm", "Randomness"]),
        tests(
            of: "Evaluation",
            with: [
                "Pages", "Farm", "FarmEnvironments", "FarmPolicies", "FarmSimulator", "Gymnasium", "Learning",
                "Randomness",
            ]),
        tests(of: "Gymnasium", with: ["Randomness"]),
        tests(of: "Numbers"),
        tests(of: "Randomness"),
        tests(of: "Sessions"),
        tests(of: "Pages", with: ["Randomness"]),
        tests(of: "Prometheus", with: [metrics]),
        tests(
            of: "EnvironmentServer",
            with: ["EnvironmentProtocol", "Gymnasium", "Randomness", "Sessions", "ZeroMQ", logging, protobuf]),
        tests(
            of: "EnvironmentClient",
            with: ["EnvironmentProtocol", "EnvironmentServer", "Gymnasium", "Randomness", "ZeroMQ", logging, protobuf]),
        tests(
            of: "EnvironmentValidation",
            with: [
                "EnvironmentClient", "EnvironmentProtocol", "EnvironmentServer", "Gymnasium", "Randomness", "ZeroMQ",
                logging, protobuf,
            ]),
        tests(of: "Learning", with: ["CKernels", "Gymnasium", "Randomness"]),
        tests(of: "EnvironmentProtocol", with: ["Gymnasium", "Randomness", protobuf]),
        tests(of: "ZeroMQ"),
        .executableTarget(
            name: "swift-examples",
            dependencies: ["ClassicControl", "Farm", "FarmPolicies", "FarmSimulator", "Gymnasium", "Randomness"],
            path: "examples/swift", swiftSettings: settings),
        .target(name: "StubGateway", path: "Tests/StubGateway", swiftSettings: settings),
        .target(
            name: "TestSupport",
            dependencies: ["EnvironmentProtocol", "EnvironmentServer", "Randomness", "ZeroMQ", logging],
            path: "Tests/TestSupport", swiftSettings: settings),
        tests(of: "Files"),
        tests(of: "Terminal"),
        .testTarget(
            name: "FaaSFarmTests",
            dependencies: [
                "faasfarm", "Gymnasium", "LiveFarm", "LocalGateway", "StubGateway",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        tests(of: "ReferenceWorker"),
        tests(of: "Diagnosis", with: ["StubGateway"]),
        tests(of: "EnvironmentCatalogue", with: ["Farm", "FarmEnvironments", "Gymnasium"]),
        tests(of: "Promises"),
        tests(of: "Throughput", with: ["ClassicControl", "Gymnasium"]),
        tests(of: "DaemonHTTP", with: ["Curl", "LiveFarm", "Prometheus", lifecycle, logging] + http),
        .executableTarget(
            name: "ingress-stand",
            dependencies: [
                "FunctionIngress", "OpenFaaS", "Steering", lifecycle, logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/ingress-stand", swiftSettings: settings),
        tests(of: "Calibration", with: ["Pages", "Randomness"]),
        tests(
            of: "SteeringSources",
            with: [
                "Curl", "Evaluation", "Farm", "FarmEnvironments", "FarmPolicies", "FarmSimulator", "Gymnasium",
                "Learning", "LocalGateway", "OpenFaaS", "Randomness", "Steering", "StubGateway", lifecycle, logging,
            ]),
        tests(
            of: "FunctionIngress",
            with: [
                "Curl", "Farm", "LocalGateway", "OpenFaaS", "Steering", "StubGateway", lifecycle, logging,
            ]),
        tests(of: "SystemErrors"),
        tests(of: "Curl", with: ["StubGateway"]),
        tests(of: "OpenFaaS", with: ["Curl", "Farm", "StubGateway"]),
        tests(of: "LocalGateway", with: ["Curl", "Randomness", "StubGateway", lifecycle, logging]),
    ]
)
