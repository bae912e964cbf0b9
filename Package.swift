// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .strictMemorySafety(), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
]
/// Tests may use pointers and Foundation freely; everything else holds for them too.
let forTests: [SwiftSetting] = [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]

let package = Package(
    name: "reindex",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "reindex", targets: ["reindex"]),
        .executable(name: "opensearch-sandbox", targets: ["Sandbox"]),
    ],
    targets: [
        // The pipeline and every decision: no I/O, no library. Start reading in ReindexCore/Reindex.swift.
        .target(name: "CEscape"),
        .target(name: "ReindexCore", dependencies: ["CEscape"], swiftSettings: strict),

        // Adapters: each imports one C library and never sees another adapter.
        .target(name: "MappingFiles", dependencies: ["ReindexCore", "CYAML"], swiftSettings: strict),
        .target(name: "PostgresRows", dependencies: ["ReindexCore", "CPostgres"], swiftSettings: strict),
        .target(name: "OpenSearchIndex", dependencies: ["ReindexCore", "CCurl", "CZlib"], swiftSettings: strict),
        .target(name: "CheckpointFiles", dependencies: ["ReindexCore"], swiftSettings: strict),

        // Executables.
        .executableTarget(
            name: "reindex",
            dependencies: [
                "ReindexCore", "MappingFiles", "PostgresRows", "OpenSearchIndex", "CheckpointFiles", "CMalloc",
            ],
            swiftSettings: strict),
        .executableTarget(name: "Sandbox", dependencies: ["CMicrohttpd", "CZlib", "CMalloc"], swiftSettings: strict),

        // Benchmarks: never part of an installation.
        .executableTarget(
            name: "MicroBenchmark", dependencies: ["ReindexCore"], path: "benchmarks/Micro",
            swiftSettings: forTests),

        // C libraries, by pkg-config.
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .systemLibrary(
            name: "CMicrohttpd", pkgConfig: "libmicrohttpd",
            providers: [.apt(["libmicrohttpd-dev"]), .brew(["libmicrohttpd"])]),

        .testTarget(name: "ReindexCoreTests", dependencies: ["ReindexCore"], swiftSettings: forTests),
        .testTarget(name: "MappingFilesTests", dependencies: ["MappingFiles"], swiftSettings: forTests),
        .testTarget(name: "PostgresRowsTests", dependencies: ["PostgresRows"], swiftSettings: forTests),
        .testTarget(
            name: "OpenSearchIndexTests", dependencies: ["OpenSearchIndex", "CheckpointFiles"], swiftSettings: forTests),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox"], swiftSettings: forTests),
        .testTarget(name: "CommandTests", dependencies: ["reindex"], swiftSettings: forTests),
        .testTarget(name: "EndToEndTests", exclude: ["Cases", "Harness/strict-proxy.py"], swiftSettings: forTests),

        // What the fuzzers check, and the test that replays their corpus.
        .target(
            name: "FuzzChecks", dependencies: ["ReindexCore", "MappingFiles", "PostgresRows"],
            path: "Tests/Fuzzing/Checks",
            swiftSettings: forTests),
        .testTarget(
            name: "CorpusTests", dependencies: ["FuzzChecks"], path: "Tests/Fuzzing/CorpusTests",
            swiftSettings: forTests),
    ],
    swiftLanguageModes: [.v6]
)

// libFuzzer brings their main function: they are built by scripts/fuzz alone.
if Context.environment["REINDEX_FUZZ"] != nil {
    for name in ["BulkResponse", "Rows", "Mappings", "Wire"] {
        package.targets.append(
            .executableTarget(
                name: "Fuzz\(name)", dependencies: ["FuzzChecks"], path: "Tests/Fuzzing/\(name)",
                swiftSettings: forTests))
    }
}
