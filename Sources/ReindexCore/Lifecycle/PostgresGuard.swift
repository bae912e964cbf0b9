/// Keeps PostgreSQL free for others: `guard.postgres.max_active_sessions` and `max_replica_lag`.
///
/// Looked at each second. Over a limit fewer bodies are out, and so fewer rows are read (the pipeline pulls); well under all
/// limits there are more again. Sessions come and go: their median of the last three looks counts.
struct PostgresGuard: Sendable {
    let rules: GuardRules
    let probe: any SourceLoadProbe
    let limits: SendLimits
    let progress: Progress
    let clocks: Clocks

    private static let pace = Duration.seconds(1)
    /// Under this share of each limit there is room for more.
    private static let comfortable = 0.7

    /// Until the task is cancelled.
    func run() async {
        var sessions: [Int] = []
        while !Task.isCancelled {
            do {
                let load = try await probe.load()
                note(load)
                sessions.append(load.activeSessions)
                if sessions.count > 3 { sessions.removeFirst() }
                judge(sessions: sessions.sorted()[(sessions.count - 1) / 2], lag: load.replicaLag)
            } catch {
                // Nothing is assumed: who cannot look holds nothing back.
                progress.note("guard.postgres: PostgreSQL could not be asked (\(error.message.prefix(120)))")
                progress.throttled(by: .postgres, nil)
                while limits.isHeldBack(by: .postgres) { limits.letGo(by: .postgres) }
            }
            do { try await clocks.sleep(Self.pace) } catch { break }
        }
        await probe.close()
    }

    private func judge(sessions: Int, lag: Duration?) {
        var reasons: [String] = []
        var isComfortable = true
        if let limit = rules.postgresMaxActiveSessions {
            if sessions > limit { reasons.append("\(sessions) sessions are active, the limit is \(limit)") }
            isComfortable = isComfortable && Double(sessions) <= Double(limit) * Self.comfortable
        }
        if let limit = rules.postgresMaxReplicaLag, let lag {
            if lag > limit {
                reasons.append("a replica is \(Int(lag.seconds)) s behind, the limit is \(Int(limit.seconds)) s")
            }
            isComfortable = isComfortable && lag.seconds <= limit.seconds * Self.comfortable
        }
        if !reasons.isEmpty {
            limits.holdBack(by: .postgres)
        } else if isComfortable {
            limits.letGo(by: .postgres)
        }
        guard limits.isHeldBack(by: .postgres) else { return progress.throttled(by: .postgres, nil) }
        let text = reasons.isEmpty ? "it is recovering" : reasons.joined(separator: ", ")
        progress.throttled(by: .postgres, "PostgreSQL: \(text)")
    }

    private func note(_ load: SourceLoad) {
        if rules.postgresMaxActiveSessions != nil, load.hiddenSessions > 0 {
            progress.note(
                "guard.postgres: this role may not see whether other roles' sessions are active (pg_read_all_stats): they are not counted"
            )
        }
        if rules.postgresMaxReplicaLag != nil, let why = load.whyNoLag {
            progress.note("guard.postgres: no replica lag is known: \(why)")
        }
    }
}
