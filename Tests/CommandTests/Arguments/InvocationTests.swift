import Testing

@testable import reindex

@Suite struct InvocationTests {
    @Test func `a run without options takes every default`() throws {
        #expect(try Invocation.parse(["run", "products"]) == .run(RunRequest(names: ["products"])))
    }

    @Test func `options of run stand anywhere, with a blank or a sign`() throws {
        let arguments = [
            "--mappings=m", "run", "--limit", "100", "a", "--no-promote", "b", "--time-limit=1h30m", "--body-size",
            "5MiB",
            "--max-in-flight=3", "--report=r.json", "--keep-rejected-bodies", "--on-mismatch=fresh", "--json",
            "--quiet",
            "--insecure", "--checkpoints", "c",
        ]
        var expected = RunRequest(names: ["a", "b"], onMismatch: .fresh, promotes: false, limit: 100)
        expected.timeLimit = .seconds(90 * 60)
        expected.bodySize = 5 << 20
        expected.maxInFlight = 3
        expected.reportPath = "r.json"
        expected.keepsRejectedBodies = true
        expected.common = CommonOptions(mappings: "m", checkpoints: "c", json: true, quiet: true, insecure: true)
        #expect(try Invocation.parse(arguments) == .run(expected))
    }

    @Test(arguments: [
        (["--resume"], RunRequest(onlyResumes: true)),
        (["--resume", "products"], RunRequest(names: ["products"], onlyResumes: true)),
        (["run", "--resume", "products"], RunRequest(names: ["products"], onlyResumes: true)),
        (["--resume", "--", "run"], RunRequest(names: ["run"], onlyResumes: true)),
        (["run", "--all"], RunRequest()),
        (["run", "--fresh", "--", "--all"], RunRequest(names: ["--all"], isFresh: true)),
        (["run", "a", "--limit=1", "--limit=2"], RunRequest(names: ["a"], limit: 2)),
    ])
    func `run and resume are told apart`(arguments: [String], expected: RunRequest) throws {
        #expect(try Invocation.parse(arguments) == .run(expected))
    }

    @Test(arguments: [
        (["plan", "a"], Invocation.plan(name: "a", CommonOptions())),
        (["status"], .status(StatusRequest())),
        (["status", "a", "--json"], .status(StatusRequest(name: "a", common: CommonOptions(json: true)))),
        (["status", "a", "--watch"], .status(StatusRequest(name: "a", watches: true))),
        (["pause", "a"], .control(name: "a", .pause, CommonOptions())),
        (["unpause", "a"], .control(name: "a", .unpause, CommonOptions())),
        (["throttle", "a", "--rate", "500"], .control(name: "a", .throttle(500), CommonOptions())),
        (["throttle", "a", "--rate=off"], .control(name: "a", .throttle(nil), CommonOptions())),
        (["rejected", "a", "--retry"], .rejected(RejectedRequest(name: "a", retries: true))),
        (["abort", "a", "--yes", "--dry-run"], .abort(AbortRequest(name: "a", isConfirmed: true, isDryRun: true))),
        (["rejected", "a", "--export", "f"], .rejected(RejectedRequest(name: "a", exportPath: "f"))),
        (
            ["verify", "a", "--content", "--keys", "1..9"],
            .verify(
                VerifyRequest(
                    name: "a", comparesContent: true, keys: KeyInterval("1..9"),
                    run: RunRequest(task: .catchUp, names: ["a"])))
        ),
        (
            ["promote", "a", "--index", "i", "--replace-index"],
            .run(RunRequest(task: .promote, names: ["a"], index: "i", replacesIndex: true))
        ),
        (["run", "a", "b", "--together"], .run(RunRequest(names: ["a", "b"], isTogether: true))),
        (["preview", "a", "--key", "-5"], .preview(PreviewRequest(name: "a", keys: ["-5"]))),
        (["completions", "zsh"], .completions(.zsh)), (["docs-command"], .commandReference),
        (["--help"], .help(nil)), (["-h"], .help(nil)), (["help"], .help(nil)), (["run", "--help"], .help(.run)),
        (["help", "run"], .help(.run)), (["--version"], .version),
    ])
    func `each command has its request`(arguments: [String], expected: Invocation) throws {
        #expect(try Invocation.parse(arguments) == expected)
    }

    @Test func `an interval of keys has two ends, each with a value a column`() {
        #expect(KeyInterval("1..") == nil && KeyInterval("..9") == nil && KeyInterval("19") == nil)
        #expect(KeyInterval("a..b..c").map { [$0.first, $0.last] } == ["a", "b..c"])
        let two = KeyInterval("7,a..7,z")
        #expect(two?.values(columnCount: 2)?.last == ["7", "z"] && two?.values(columnCount: 3) == nil)
        #expect(two?.values(columnCount: 1)?.first == ["7,a"], "a key of one column keeps its commas")
    }

    @Test func `a key of one column keeps its commas, one of several is split or repeated`() throws {
        #expect(try PreviewRequest(name: "a", keys: ["x,y"]).keyValues(columnCount: 1) == ["x,y"])
        #expect(try PreviewRequest(name: "a", keys: ["7,x"]).keyValues(columnCount: 2) == ["7", "x"])
        #expect(try PreviewRequest(name: "a", keys: ["7,1", "x"]).keyValues(columnCount: 2) == ["7,1", "x"])
        #expect(throws: UsageError.self) { try PreviewRequest(name: "a", keys: ["7"]).keyValues(columnCount: 2) }
        #expect(throws: UsageError.self) { try PreviewRequest(name: "a", keys: ["7", "8"]).keyValues(columnCount: 1) }
    }

    @Test(
        arguments: [
            ([], "no command", ["reindex --help"]),
            (
                ["products"], "unknown command products",
                ["a mapping is run by: reindex run products", "reindex --help"]
            ),
            (["paln", "a"], "unknown command paln", ["did you mean reindex plan?", "reindex --help"]),
            (["run", "a", "--fersh"], "unknown option --fersh", ["did you mean --fresh?", "reindex run --help"]),
            (["run", "a", "-v"], "unknown option -v", ["reindex run --help"]),
            (["run", "a", "--limit"], "--limit needs a value: --limit N", ["reindex run --help"]),
            (["run", "a", "--limit", "--json"], "--limit needs a value: --limit N", ["reindex run --help"]),
            (["run", "a", "--report="], "--report needs a value: --report FILE", ["reindex run --help"]),
            (["run", "a", "--limit=0"], "--limit is 0, not a whole number at least 1", ["reindex run --help"]),
            (["run", "a", "--limit=1e3"], "--limit is 1e3, not a whole number at least 1", ["reindex run --help"]),
            (
                ["run", "a", "--time-limit=14"], "--time-limit is 14, not a time such as 90s, 14m, 1h30m",
                ["reindex run --help"]
            ),
            (
                ["run", "a", "--body-size=1GB"],
                "--body-size is 1GB, not a size from 16KiB to 100MiB such as 512KiB, 5MiB",
                ["reindex run --help"]
            ),
            (
                ["run", "a", "--on-mismatch=frsh"], "--on-mismatch is frsh, not fail or fresh",
                ["did you mean fresh?", "reindex run --help"]
            ),
            (["run", "a", "--quiet=yes"], "--quiet takes no value", ["reindex run --help"]),
            (["run"], "NAME… (or --all) is missing", ["reindex run --help"]),
            (["run", "a", "--all"], "--all and a exclude each other", ["reindex run --help"]),
            (["run", "a", "a"], "a is one word too many", ["reindex run --help"]),
            (["run", "a", "--resume", "--fresh"], "--resume and --fresh exclude each other", ["reindex run --help"]),
            (["plan"], "NAME is missing", ["reindex plan --help"]),
            (["plan", "a", "b"], "b is one word too many", ["reindex plan --help"]),
            (
                ["plan", "a", "--limit=1"], "--limit is not an option of reindex plan",
                ["it is one of reindex run", "reindex plan --help"]
            ),
            (["preview", "a"], "--key KEY is missing", ["reindex preview --help"]),
            (
                ["completions", "fsh"], "fsh is not one of bash, zsh, fish",
                ["did you mean fish?", "reindex completions --help"]
            ),
            (["throttle", "a"], "--rate N is missing", ["reindex throttle --help"]),
            (
                ["throttle", "a", "--rate", "0"], "--rate is 0, not a whole number from 1 to 10000000, or off",
                ["reindex throttle --help"]
            ),
            (
                ["pause", "a", "--rate", "1"], "--rate is not an option of reindex pause",
                ["it is one of reindex throttle", "reindex pause --help"]
            ),
            (
                ["status", "a", "--watch", "--history"], "--history and --watch exclude each other",
                ["reindex status --help"]
            ),
            (
                ["run\u{1B}[31m"], "unknown command run?[31m",
                ["a mapping is run by: reindex run run?[31m", "reindex --help"]
            ),
        ] as [([String], String, [String])])
    func `wrong arguments are told with the right ones`(arguments: [String], message: String, hints: [String]) {
        #expect {
            try Invocation.parse(arguments)
        } throws: { error in
            (error as? UsageError)?.message == message && (error as? UsageError)?.hints == hints
        }
    }
}
