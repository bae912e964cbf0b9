import Foundation
import Testing

extension Workbench {
    /// Compares every document of an index with what a query yields, in both directions.
    ///
    /// `expected` yields `_id`, `document` (jsonb) and, where it matters, `routing`. PostgreSQL compares: numbers by
    /// their value with all digits, objects without regard to order, and its own parser reads what OpenSearch returns.
    func expectDocuments(
        _ expected: String, in index: String, pageSize: Int = 1000, at location: SourceLocation = #_sourceLocation
    ) async throws {
        try await loadBoth(expected, index, pageSize)
        // Of two documents that differ, only the members that do.
        let differences = try await sql(
            """
            select left(case
                when e.id is null then format('%s is not expected: %s', f.id, f.document)
                when f.id is null then format('%s is missing: %s', e.id, e.document)
                else format(E'%s differs, routed by %s and not %s\n%s', e.id, coalesce(f.routing, 'nothing'),
                    coalesce(e.routing, 'nothing'), (select string_agg(format('  %s: expected %s, found %s', key, x.value, y.value), E'\n')
                    from jsonb_each(e.document) as x full join jsonb_each(f.document) as y using (key)
                    where x.value is distinct from y.value))
                end, 2000)
            from e2e_expected as e full join e2e_found as f using (id)
            where e.document is distinct from f.document or e.routing is distinct from f.routing
            order by id limit 10
            """)
        if !differences.isEmpty {
            Issue.record("\(index): \(differences.joined(separator: "\n"))", sourceLocation: location)
        }
        let counts = try await sql(
            "select count(*), count(distinct id) from e2e_expected union all select count(*), count(distinct id) from e2e_found"
        )
        #expect(
            Set(counts).count == 1, "expected and found, and different ids of each: \(counts)", sourceLocation: location
        )
    }

    /// What an index lacks, holds too much or twice, and holds with another content.
    struct Differences: Equatable, Sendable {
        var lost: Int
        var doubled: Int
        var stale: Int
    }

    /// The same comparison, as numbers.
    func countDifferences(_ expected: String, in index: String) async throws -> Differences {
        try await loadBoth(expected, index, 1000)
        let counts = try await sql(
            """
            select (select count(*) from e2e_expected as e where not exists (select from e2e_found as f where f.id = e.id))
            union all select (select count(*) from e2e_found) - (select count(distinct f.id) from e2e_found as f join e2e_expected as e using (id))
            union all select (select count(*) from e2e_expected as e join e2e_found as f using (id)
                where e.document is distinct from f.document or e.routing is distinct from f.routing)
            """
        ).compactMap { Int($0) }
        guard counts.count == 3 else { throw Failure("no three counts: \(counts)") }
        return Differences(lost: counts[0], doubled: counts[1], stale: counts[2])
    }

    private func loadBoth(_ expected: String, _ index: String, _ pageSize: Int) async throws {
        try await loadDocuments(of: index, pageSize: pageSize)
        let query = expected.replacing("e2e-", with: prefix).trimmingCharacters(in: .whitespacesAndNewlines)
        try await sql(
            """
            drop table if exists e2e_expected;
            create table e2e_expected as select r->>'_id' as id, r->'document' as document, r->>'routing' as routing
            from (select to_jsonb(q) as r from (\(query.hasSuffix(";") ? String(query.dropLast()) : query)) as q) as q;
            """)
    }

    /// Streams an index by scroll into the table `e2e_found`, each page as OpenSearch sent it.
    private func loadDocuments(of index: String, pageSize: Int) async throws {
        try await ask("POST", "\(index)/_refresh")
        try await sql(
            """
            drop table if exists e2e_pages, e2e_found;
            create table e2e_pages (page json);
            """)
        var answer = try await ask("POST", "\(index)/_search?scroll=5m", #"{"size": \#(pageSize), "sort": ["_doc"]}"#)
        while true {
            // A page may be 100 MB: it is PostgreSQL that parses it.
            guard answer.status == 200,
                let scroll = String(answer.body.prefix(20_000)).firstMatch(of: /"_scroll_id":"([^"]+)"/)?.output.1
            else { throw Failure("cannot stream \(index): \(answer.status) \(answer.body.prefix(500))") }
            if answer.body.utf8.count < 20_000, answer.body.contains(#""hits":[]"#) { break }
            let file = folder.appending(path: "page.json")
            try Data((answer.body + "\n").utf8).write(to: file)
            // No character of JSON text is special to this form of COPY.
            try await psql([
                "-c", #"\copy e2e_pages from '\#(file.path)' (format csv, delimiter E'\x02', quote E'\x01')"#,
            ])
            answer = try await ask("POST", "_search/scroll", #"{"scroll": "5m", "scroll_id": "\#(scroll)"}"#)
        }
        try await sql(
            """
            create table e2e_found as
            select hit->>'_id' as id, (hit->'_source')::jsonb as document, hit->>'_routing' as routing
            from e2e_pages, json_array_elements(page->'hits'->'hits') as hit
            """)
    }
}
