import Foundation
import Synchronization
import Testing

/// Several mappings in one call, an index in the alias's place, an index that was left, and writers with versions.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct PromotionTests {
    private static let shopQuery =
        "select id::text as _id, jsonb_build_object('id', id, 'name', name) as document from brands"

    private func makeTwo(_ bench: Workbench) async throws {
        try await bench.makeNotes(rows: 3000)
        try await bench.sql(
            """
            create table brands (id int primary key, name text not null);
            insert into brands select n, 'Brand ' || n from generate_series(1, 500) n; analyze brands
            """)
        try bench.write(
            "{alias: e2e-brands, body: brands.index.json, source: {table: brands, key: id}}", to: "brands.yaml")
        try bench.write(
            #"{"mappings": {"dynamic": "strict", "properties": {"id": {"type": "integer"}, "name": {"type": "keyword"}}}}"#,
            to: "brands.index.json")
    }

    @Test(arguments: RunTests.targets) func `together, all aliases move in one call or none does`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await makeTwo(bench)
            let proxy = try HoldingProxy(for: bench.openSearch)
            defer { proxy.stop() }
            let calls = Mutex<[Int]>([])
            let (notes, brands) = ("\(bench.prefix)notes\"", "\(bench.prefix)brands\"")
            proxy.hold(.before) { request in
                if request.path.hasPrefix("/_aliases") {
                    let count = [notes, brands].count { request.body.contains("\"alias\":\"\($0)") }
                    if count > 0 { calls.withLock { $0.append(count) } }
                }
                return false
            }
            let both = try await bench.reindex(
                "run", "notes", "brands", "--together", with: ["OPENSEARCH_URL": proxy.address])
            #expect(both.status == 0, "\(both.errors)")
            #expect(calls.withLock { $0 } == [2])
            try await bench.expectNotes()
            try await bench.expectDocuments(Self.shopQuery, in: "\(bench.prefix)brands")

            // One of them fails: the other one, which is proven, stays where it was too.
            let before = [try await bench.alias("e2e-notes"), try await bench.alias("e2e-brands")]
            try await bench.sql("alter table brands add column extra text default 'not in the strict mapping'")
            let failed = try await bench.reindex("run", "notes", "brands", "--together")
            #expect(failed.status == 4, "\(failed.errors)")
            #expect(failed.errors.contains("brands, which was to be promoted in the same call"), "\(failed.errors)")
            #expect([try await bench.alias("e2e-notes"), try await bench.alias("e2e-brands")] == before)

            try await bench.sql("alter table brands drop column extra; update notes set title = 'again' where id = 7")
            let mended = try await bench.reindex("run", "notes", "brands", "--together", "--on-mismatch", "fresh")
            #expect(mended.status == 0, "\(mended.errors)")
            try await bench.expectNotes()
            try await bench.expectDocuments(Self.shopQuery, in: "\(bench.prefix)brands")
        }
    }

    /// Killed with the call on its way, and behind it: the next call finds where the aliases are.
    @Test(arguments: RunTests.targets) func `killed at the joint call, all are promoted by the next one`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await makeTwo(bench)
            for moment in HoldingProxy.Moment.allCases {
                let proxy = try HoldingProxy(for: bench.openSearch)
                defer { proxy.stop() }
                let alias = "\"alias\":\"\(bench.prefix)brands\""
                proxy.hold(moment) { $0.path.hasPrefix("/_aliases") && $0.body.contains(alias) }
                let run = try bench.start(
                    ["run", "notes", "brands", "--together"], with: ["OPENSEARCH_URL": proxy.address])
                #expect(try await proxy.isHolding(within: .seconds(60), unless: { !run.isRunning }))
                run.signal(SIGKILL)
                _ = await run.wait()
                try await bench.sql("update notes set title = 'moved' where id = 11")
                let next = try await bench.reindex("run", "notes", "brands", "--together")
                #expect(next.status == 0, "\(next.errors)")
                #expect(try await bench.alias("e2e-notes").count == 1)
                try await bench.expectDocuments(Self.shopQuery, in: "\(bench.prefix)brands")
            }
            try await bench.succeed("run", "notes")
            try await bench.expectNotes()
        }
    }

    @Test(arguments: RunTests.targets)
    func `an index of the alias's name is replaced when that is asked for, in one call`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 300)
            let name = "\(bench.prefix)notes"
            try await bench.ask("PUT", "\(name)/_doc/1?refresh=true", #"{"title": "by hand"}"#)
            let refused = try await bench.reindex("run", "notes")
            #expect(refused.status == 65 && refused.errors.contains("--replace-index"), "\(refused.errors)")
            // It serves until the call, and every search that begins after its answer finds the new one.
            let proxy = try HoldingProxy(for: bench.openSearch)
            defer { proxy.stop() }
            let call = Mutex<(began: ContinuousClock.Instant?, answered: ContinuousClock.Instant?)>((nil, nil))
            proxy.hold(.before) { request in
                call.withLock { call in
                    if request.body.contains("remove_index") {
                        call.began = .now
                    } else if call.began != nil, call.answered == nil, request.path.contains("_alias") {
                        call.answered = .now  // the alias is read back once the call is answered
                    }
                }
                return false
            }
            let isOver = Atomic(false)
            let shared = bench
            async let asked = Self.search(shared, name) { isOver.load(ordering: .relaxed) }
            try await bench.succeed("run", "notes", "--replace-index", with: ["OPENSEARCH_URL": proxy.address])
            let found = try await bench.ask("POST", "\(name)/_search", Self.searchOfOne)
            #expect(found.status == 200 && found.body.contains(#""_id":"1""#), "\(found.body)")
            isOver.store(true, ordering: .relaxed)
            let searches = try await asked
            let (began, answered) = call.withLock { $0 }
            let (start, end) = (try #require(began), try #require(answered))
            // A node of OpenSearch takes an index's shards away some milliseconds before it knows the alias.
            for failed in searches where !failed.isFound {
                #expect(target != .sandbox && failed.began < end && failed.ended > start, "\(failed)")
                #expect(
                    failed.answer.status == 503 && failed.answer.body.contains("search_phase_execution_exception"),
                    "\(failed)")
            }
            #expect(searches.contains { $0.ended < start && $0.isFound }, "\(searches.count)")
            #expect(try await bench.alias("e2e-notes").count == 1)
            try await bench.expectNotes()
        }
    }

    private static let searchOfOne = #"{"query": {"ids": {"values": ["1"]}}}"#

    private struct Search: Sendable {
        let began: ContinuousClock.Instant
        let ended: ContinuousClock.Instant
        let answer: Web.Answer

        var isFound: Bool { answer.status == 200 && answer.body.contains(#""_id":"1""#) }
    }

    /// One after the other.
    private static func search(
        _ bench: Workbench, _ name: String, _ isOver: @Sendable () -> Bool
    ) async throws -> [Search] {
        var searches: [Search] = []
        while !isOver() {
            let began = ContinuousClock.now
            let answer = try await bench.ask("POST", "\(name)/_search", searchOfOne)
            searches.append(Search(began: began, ended: .now, answer: answer))
        }
        return searches
    }

    @Test(arguments: RunTests.targets) func `an index that was left is proven and promoted by its name`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 300)
            try await bench.succeed("run", "notes")
            let held = try await bench.alias("e2e-notes")[0]
            try await bench.succeed("run", "notes")
            #expect(try await bench.alias("e2e-notes") != [held])
            try await bench.sql("delete from notes where id = 5; update notes set title = 'later' where id = 6")
            try await bench.succeed("promote", "notes", "--index", held)
            #expect(try await bench.alias("e2e-notes") == [held])
            try await bench.expectNotes()
            let other = try await bench.reindex("promote", "notes", "--index", "no-such-index")
            #expect(other.status != 0 && other.errors.contains("no-such-index"), "\(other.errors)")
        }
    }

    /// The application counts a version up with each change, and sends it along with its own writes.
    @Test(arguments: RunTests.targets) func `writers with versions lose nothing over the swap`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.sql(
                """
                create table notes (id bigint primary key, title text not null, version bigint not null);
                insert into notes select n, 'Note ' || n, 1 from generate_series(1, 400) n; analyze notes
                """)
            try bench.write(
                """
                alias: e2e-notes
                body: notes.index.json
                writers: versioned
                source: {table: notes, key: id}
                document: {version: version}
                """, to: "notes.yaml")
            try bench.write(#"{"mappings": {"dynamic": false}}"#, to: "notes.index.json")
            try await bench.succeed("run", "notes")
            let isOver = Atomic(false)
            let shared = bench
            async let writes = Self.application(shared) { isOver.load(ordering: .relaxed) }
            for _ in 1...6 { try await bench.succeed("run", "notes") }
            try await bench.succeed("catch-up", "notes")
            isOver.store(true, ordering: .relaxed)
            #expect(try await writes > 5)
            try await bench.expectNotes()
            // A change that does not count up is seen, and not promoted.
            try await bench.sql("update notes set title = 'without a version' where id = 3")
            try await bench.succeed("run", "notes")
            try await bench.expectNotes()
        }
    }

    private static func application(_ bench: Workbench, _ isOver: @Sendable () -> Bool) async throws -> Int {
        var writes = 0
        while !isOver() {
            let id = Int.random(in: 1...400)
            let row =
                try await bench.sql(
                    "update notes set title = 'Written \(writes)', version = version + 1 where id = \(id) returning version || ' ' || to_jsonb(notes)"
                ).first ?? ""
            let parts = row.split(separator: " ", maxSplits: 1)
            let answer = try await bench.ask(
                "PUT", "\(bench.prefix)notes/_doc/\(id)?version=\(parts[0])&version_type=external_gte",
                String(parts[1]))
            // A run that read it first has written it already.
            guard [200, 201, 409].contains(answer.status) else { throw Failure("\(answer.status)") }
            writes += 1
        }
        return writes
    }
}
