import Testing

/// The table that the tests in Swift are about.
extension Workbench {
    static let notesQuery = "select id::text as _id, to_jsonb(notes) as document from notes"

    /// A table of some rows, and a mapping `notes` of it with the alias `e2e-notes`.
    func makeNotes(rows: Int, more: String = "") async throws {
        try await sql(
            """
            create table notes (id bigint primary key, title text not null, body text);
            insert into notes select n, 'Note ' || n, repeat(md5(n::text), n % 12) from generate_series(1, \(rows)) as n;
            analyze notes;
            """)
        try writeMapping(more: more)
    }

    func writeMapping(more: String = "") throws {
        try write(
            """
            alias: e2e-notes
            body: notes.index.json
            source:
              table: notes
              key: id
            \(more)
            """, to: "notes.yaml")
        try write(
            #"{"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": {"dynamic": false}}"#,
            to: "notes.index.json")
    }

    /// The index equals the table, and the alias is on it alone.
    func expectNotes() async throws { try await expectDocuments(Self.notesQuery, in: "\(prefix)notes") }
}
