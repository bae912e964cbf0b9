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

    /// The same table, read by a query that takes at least 0.3 ms a row: long enough to be stopped on the way.
    func makeSlowNotes(rows: Int = 10_000) async throws {
        try await makeNotes(rows: rows)
        try await makePace()
        try writeSlowMapping()
    }

    /// How long the query of slow notes sleeps for a row: data, so that it may change without another mapping.
    func makePace(seconds: Double = 0.0003) async throws {
        try await sql("create table pace as select \(seconds)::float8 as seconds; analyze pace")
    }

    /// What was slow in order to be stopped has been: the query takes no time any more.
    func hurry() async throws { try await sql("update pace set seconds = 0") }

    func writeSlowMapping(more: String = "") throws {
        try write(
            """
            alias: e2e-notes
            body: notes.index.json
            source:
              query: select n.*, nullif(pg_sleep((select seconds from pace))::text, '') as nap from notes n
              key: id
            \(more)
            """, to: "notes.yaml")
    }

    /// A run of slow notes that its time limit ends in the middle.
    func stopHalfway(_ more: String..., at location: SourceLocation = #_sourceLocation) async throws {
        let arguments = ["run", "notes", "--body-size", "16KiB", "--time-limit", "2s"]
        let stopped = await (try start(arguments + more)).wait()
        #expect(stopped.status == 75, "\(stopped.errors)", sourceLocation: location)
        #expect(stopped.errors.contains("--resume"), "\(stopped.errors)", sourceLocation: location)
    }

    /// Returns when a process reads rows, or has ended.
    func awaitFetch(by process: ChildProcess) async throws {
        let reading = """
            select count(*) from pg_stat_activity where datname = current_database()
                and application_name = 'reindex' and query ilike 'fetch%'
            """
        while process.isRunning, try await sql(reading) == ["0"] { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// The index equals the table, and the alias is on it alone.
    func expectNotes() async throws {
        // Small documents: in few pages, for each of them starts a curl and a psql.
        try await expectDocuments(Self.notesQuery, in: "\(prefix)notes", pageSize: 10_000)
    }
}
