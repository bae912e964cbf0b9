internal import ReindexCore
internal import Synchronization

/// The beginning of a transaction that reads one state of the database, with the settings pinned that values depend on.
///
/// One SELECT of `set_config(…, true)`, which is SET LOCAL: nothing outlives the transaction, so a pooler may hand the
/// connection on. The server's own time-outs are obeyed and therefore not among them, but for a wait for a lock: who waits
/// behind an ALTER TABLE that waits for another reader of the same copy would wait for ever, and all others behind both.
struct Snapshot: Sendable {
    /// The role's own search path: read once, then the same in every transaction, whichever connection a pooler gives.
    let searchPath: SearchPath
    /// Whether it is asked for what ``SnapshotMark/oldestBegan`` tells.
    var watchesTransactions = false

    /// The statements; they take the snapshot, or join the one that another transaction exported.
    /// - Parameter tellsTimeline: whether this server may be asked for it; otherwise the transaction would fail.
    func statements(joining exported: ExportedSnapshot? = nil, tellsTimeline: Bool = false) -> [Statement] {
        let settings = Self.pinned.map { "pg_catalog.set_config('\($0)', '\($1)', true)" } + [Self.lockTimeout]
        let path = "pg_catalog.set_config('search_path', coalesce($1, pg_catalog.current_setting('search_path')), true)"
        // A quoted literal: the statement takes no parameter. Ids are digits, letters and hyphens.
        let join = exported.map { Statement("set transaction snapshot '\($0.id.filter { $0 != "'" })'") }
        return [Statement("begin transaction isolation level repeatable read, read only")] + (join.map { [$0] } ?? [])
            + [
                Statement(
                    "select "
                        + ([path, Self.visible, tellsTimeline ? Self.origin : "null::text"] + oldest + settings)
                        .joined(separator: ", "),
                    [.text(searchPath.value)])
            ]
    }

    /// What the snapshot sees, of the answer to the last of `statements`.
    /// - Parameter table: the OID of the plain table that is read.
    func mark(_ settings: ResultRows, table: String?) -> SnapshotMark? {
        guard settings.rowCount == 1, let snapshot = settings.text(0, 1) else { return nil }
        return SnapshotMark(
            snapshot: snapshot, origin: settings.text(0, 2).map { "\($0) \(table ?? "-")" },
            oldestBegan: watchesTransactions ? settings.text(0, 3) : nil,
            seesAll: watchesTransactions && settings.isTrue(0, 4))
    }

    /// The server's own where that is shorter.
    private static let lockTimeout = """
        pg_catalog.set_config('lock_timeout', case when pg_catalog.current_setting('lock_timeout')::pg_catalog.interval
            between interval '1 ms' and interval '2 s' then pg_catalog.current_setting('lock_timeout') else '2s' end, true)
        """

    private static let visible = "pg_catalog.pg_current_snapshot()::text"
    /// The first eight digits of a segment's name.
    private static let timeline = """
        case when pg_catalog.pg_is_in_recovery() then null
        else pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) end
        """

    private static let origin = """
        \(timeline) || ' ' || extract(epoch from pg_catalog.pg_postmaster_start_time())::text || ' '
            || (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())::text
        """

    /// The OID of a table that a cursor of this transaction holds open: nobody can give its name to another meanwhile.
    static func oid(of table: String) -> Statement {
        Statement("select pg_catalog.to_regclass($1)::pg_catalog.oid", [.text(table)])
    }

    /// How far behind a snapshot taken now changes would be looked for, and whether that is proven: for people.
    func oldestTransaction(on connection: borrowing PostgresConnection) throws(SourceError) -> String? {
        guard watchesTransactions else { return nil }
        let columns = oldest.joined(separator: ", ")
        let found = try connection.run(
            Statement(
                "select pg_catalog.date_trunc('second', pg_catalog.now() - oldest)::text, sees_all from (select \(columns)) as seen(oldest, sees_all)"
            ), doing: "looking for the oldest transaction")
        guard let overlap = found.text(0, 0) else { return nil }
        return found.isTrue(0, 1)
            ? "the overlap is \(overlap) now, by the oldest open transaction: proven"
            : "the overlap is \(overlap) now and NOT proven: this role may not see when all sessions' transactions began (pg_read_all_stats), so an hour is taken"
    }

    /// Asked outside a transaction, which an error would end.
    static func tellsTimeline(_ connection: borrowing PostgresConnection) -> Bool {
        let found = try? connection.run(Statement("select \(timeline)"), doing: "looking for the timeline")
        return found?.text(0, 0) != nil
    }
    /// Whose session another role may not see, may run a transaction since any time: an hour is taken for it.
    private var oldest: [String] {
        guard watchesTransactions else { return [] }
        let sessions = "from pg_catalog.pg_stat_activity where datid is not null"
        return [
            """
            least(pg_catalog.now(), (select min(coalesce(xact_start, case when state is null then pg_catalog.now() - interval '1 hour' end)) \(sessions)),
                (select min(prepared) from pg_catalog.pg_prepared_xacts)) - interval '1 minute'
            """, "not exists (select \(sessions) and state is null)",
        ]
    }

    /// Yields the id by which other transactions may join, for as long as this one lasts.
    static let export = Statement("select pg_catalog.pg_export_snapshot()")

    /// Begins on a connection that is not in pipeline mode.
    func begin(on connection: borrowing PostgresConnection) throws(SourceError) {
        do throws(SourceError) {
            let results = try connection.runTogether(statements(), doing: "beginning a snapshot")
            remember(results)
        } catch {
            // The one setting that a server may refuse: no conversion from its encoding.
            guard error.sqlState == "22023" || error.sqlState == "0A000" else { throw error }
            throw SourceError(.unsupported, doing: error.doing, message: error.message, sqlState: error.sqlState)
        }
    }

    /// Notes the search path that `statements` came back with.
    func remember(_ results: [ResultRows]) {
        if let settings = results.last, settings.rowCount == 1 { searchPath.pin(settings.text(0, 0)) }
    }

    private static let pinned = [
        ("client_encoding", "UTF8"), ("TimeZone", "UTC"), ("DateStyle", "ISO, YMD"), ("IntervalStyle", "iso_8601"),
        ("extra_float_digits", "1"), ("bytea_output", "hex"), ("lc_monetary", "C"), ("xmloption", "content"),
        ("standard_conforming_strings", "on"), ("row_security", "off"), ("cursor_tuple_fraction", "1.0"),
        // A scan from the first block: the physical order begins there.
        ("synchronize_seqscans", "off"),
    ]
}

/// A search path that is read once.
final class SearchPath: Sendable {
    private let stored = Mutex<String?>(nil)

    var value: String? { stored.withLock { $0 } }

    func pin(_ path: String?) { stored.withLock { $0 = $0 ?? path } }
}
