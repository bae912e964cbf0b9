/// What a snapshot sees, in the server's own words: from where changes that it does not see have to be looked for.
package struct SnapshotMark: Sendable, Hashable, Codable {
    /// `xmin:xmax:those between that still run`; 64-bit transaction numbers. Source: PostgreSQL manual, `pg_snapshot`.
    package var snapshot: String
    /// Of the write-ahead log: another one after a failover, which may have lost transactions whose numbers are used
    /// again. nil on a replica, which does not tell its own.
    package var timeline: String?
    /// When the oldest transaction began that ran then, as a timestamp with time zone; what it writes carries that time
    /// at the earliest.
    package var oldestBegan: String?
    /// Whether all transactions could be seen.
    package var seesAll: Bool

    package init(snapshot: String, timeline: String?, oldestBegan: String?, seesAll: Bool) {
        self.snapshot = snapshot
        self.timeline = timeline
        self.oldestBegan = oldestBegan
        self.seesAll = seesAll
    }

    /// The oldest transaction whose writes this snapshot may not see.
    package var firstUnseen: UInt64? { snapshot.split(separator: ":", maxSplits: 1).first.flatMap { UInt64($0) } }
}

extension SnapshotMark {
    /// Where to look for what not all of these snapshots see.
    /// - Returns: why that cannot be told, otherwise.
    static func firstUnseen(by marks: [SnapshotMark?]) -> Result<ChangedSince, Untold> {
        var first = UInt64.max
        var timelines: Set<String> = []
        for mark in marks {
            guard let mark, let unseen = mark.firstUnseen else { return .failure(.init("a snapshot is not on record")) }
            guard let timeline = mark.timeline else { return .failure(.init("a replica does not tell its timeline")) }
            first = min(first, unseen)
            timelines.insert(timeline)
        }
        guard first < .max else { return .failure(.init("no snapshot is on record")) }
        guard let timeline = timelines.first, timelines.count == 1 else {
            return .failure(
                .init("the server's timeline changed: transactions may be lost whose numbers are used again"))
        }
        return .success(.transaction(first, timeline: timeline))
    }

    /// The same as a time.
    static func oldestBegan(of marks: [SnapshotMark?]) -> Result<String, Untold> {
        let times = marks.map { $0?.oldestBegan }
        guard let first = times.compactMap({ $0 }).min(), times.allSatisfy({ $0 != nil }) else {
            return .failure(.init("a snapshot is not on record"))
        }
        return .success(first)
    }

    /// Whether rows that changed since are what a scan in this snapshot finds.
    func isWithinReach(of changes: ChangedSince) -> Bool {
        guard case .transaction(let first, let timeline) = changes else { return true }
        guard let unseen = firstUnseen, self.timeline == timeline else { return false }
        // What was written after the oldest running one may be as far ahead as that is behind.
        return unseen >= first && unseen - first < 1 << 30
    }

    struct Untold: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }
}
