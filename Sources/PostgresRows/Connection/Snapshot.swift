internal import ReindexCore
internal import Synchronization

/// The beginning of a transaction that reads one state of the database, with the settings pinned that values depend on.
///
/// One SELECT of `set_config(…, true)`, which is SET LOCAL: nothing outlives the transaction, so a pooler may hand the
/// connection on. The server's own time-outs are obeyed and therefore not among them.
struct Snapshot: Sendable {
    /// The role's own search path: read once, then the same in every transaction, whichever connection a pooler gives.
    let searchPath: SearchPath

    /// The statements; they take the snapshot, or join the one that another transaction exported.
    func statements(joining exported: ExportedSnapshot? = nil) -> [Statement] {
        let settings = Self.pinned.map { "pg_catalog.set_config('\($0)', '\($1)', true)" }
        let path = "pg_catalog.set_config('search_path', coalesce($1, pg_catalog.current_setting('search_path')), true)"
        // A quoted literal: the statement takes no parameter. Ids are digits, letters and hyphens.
        let join = exported.map { Statement("set transaction snapshot '\($0.id.filter { $0 != "'" })'") }
        return [Statement("begin transaction isolation level repeatable read, read only")] + (join.map { [$0] } ?? [])
            + [
                Statement(
                    "select " + ([path, Self.moment] + settings).joined(separator: ", "), [.text(searchPath.value)])
            ]
    }

    /// Which transactions the snapshot sees: `xmin:xmax:those between that still run`.
    private static let moment = "pg_catalog.pg_current_snapshot()::text"
    static let momentColumn = 1

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
