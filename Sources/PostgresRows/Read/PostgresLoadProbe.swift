package import ReindexCore

/// Looks at the server's statistics views, with a connection of its own that it keeps.
///
/// Source: PostgreSQL manual, "The Cumulative Statistics System" (`pg_stat_activity`, `pg_stat_replication`) and "Recovery
/// Information Functions". What a role may not see is null there.
package final class PostgresLoadProbe: SourceLoadProbe {
    private let state: ProbeState
    private let thread = ReaderThread()

    init(settings: PostgresSettings) { state = ProbeState(settings: settings) }

    package func load() async throws(SourceError) -> SourceLoad {
        try await thread.run { [state] () throws(SourceError) in try state.load() }
    }

    package func close() async {
        _ = thread.later { [state] in state.close() }
    }
}

private final class ProbeState: @unchecked Sendable {
    // Sendable because it is touched on the probe's thread only.
    private let settings: PostgresSettings
    private var connection: PostgresConnection?

    init(settings: PostgresSettings) { self.settings = settings }

    func close() { connection = nil }

    func load() throws(SourceError) -> SourceLoad {
        if connection == nil { connection = try PostgresConnection.open(settings) }
        do throws(SourceError) {
            switch connection {
            case .some(let connection): return try Self.read(connection)
            case .none: throw SourceError(.connectionLost, doing: Self.doing, message: "there is no connection")
            }
        } catch {
            connection = nil
            throw error
        }
    }

    private static func read(_ connection: borrowing PostgresConnection) throws(SourceError) -> SourceLoad {
        let found = try connection.run(Statement(query), doing: doing)
        let lag = found.text(0, 2).flatMap(Double.init).map { Duration.seconds(max(0, $0)) }
        let why: String? =
            switch (lag, found.isTrue(0, 3), found.number(0, 4) ?? 0, found.number(0, 5) ?? 0) {
            case (.some, _, _, _): nil
            case (nil, true, _, _): "nothing was replayed yet"
            case (nil, false, 0, _): "no replica is attached to this server"
            case (nil, false, _, let hidden) where hidden > 0: "this role may not see it (pg_read_all_stats)"
            default: "no replica has reported one yet"
            }
        return SourceLoad(
            activeSessions: found.number(0, 0) ?? 0, hiddenSessions: found.number(0, 1) ?? 0, replicaLag: lag,
            whyNoLag: why)
    }

    private static let doing = "asking for the server's load"

    // A replica that has replayed all it received is not behind, however long ago the primary wrote last.
    private static let query = """
        select count(*) filter (where state = 'active'), count(*) filter (where state is null),
            case when pg_catalog.pg_is_in_recovery() then
                case when pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() then 0
                    else extract(epoch from pg_catalog.now() - pg_catalog.pg_last_xact_replay_timestamp()) end
            else (select max(case when state is not null then coalesce(extract(epoch from replay_lag), 0) end)
                from pg_catalog.pg_stat_replication) end,
            pg_catalog.pg_is_in_recovery(), (select count(*) from pg_catalog.pg_stat_replication),
            (select count(*) from pg_catalog.pg_stat_replication where state is null)
        from pg_catalog.pg_stat_activity
        where datid is not null and coalesce(backend_type, 'client backend') = 'client backend'
            and application_name is distinct from pg_catalog.current_setting('application_name')
        """
}
