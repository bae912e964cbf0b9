/// What a snapshot sees, in the server's own words: from where changes that it does not see have to be looked for.
package struct SnapshotMark: Sendable, Hashable, Codable {
    /// `xmin:xmax:those between that still run`; 64-bit transaction numbers. Source: PostgreSQL manual, `pg_snapshot`.
    package var snapshot: String
    /// What these numbers count in: the timeline of the write-ahead log, the server's start, the database and the plain
    /// table (their OIDs). Another one after a failover or a restored backup, which lose transactions whose numbers are
    /// used again, on another server, and where another table took the name, whose rows may be older than this snapshot.
    /// nil on a replica, which does not tell its timeline.
    package var origin: String?
    /// When the oldest transaction began that ran then, as a timestamp with time zone; what it writes carries that time
    /// at the earliest.
    package var oldestBegan: String?
    /// Whether all transactions could be seen.
    package var seesAll: Bool

    package init(snapshot: String, origin: String?, oldestBegan: String?, seesAll: Bool) {
        self.snapshot = snapshot
        self.origin = origin
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
        var origins: Set<String> = []
        for mark in marks {
            guard let mark, let unseen = mark.firstUnseen else { return .failure(.init("a snapshot is not on record")) }
            guard let origin = mark.origin else { return .failure(.init("a replica does not tell its timeline")) }
            first = min(first, unseen)
            origins.insert(origin)
        }
        guard first < .max else { return .failure(.init("no snapshot is on record")) }
        guard let origin = origins.first, origins.count == 1 else {
            return .failure(
                .init("the server was started anew, or is another one, or another table has the name now"))
        }
        return .success(.transaction(first, origin: origin))
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
        guard case .transaction(let first, let origin) = changes else { return true }
        guard let unseen = firstUnseen, self.origin == origin else { return false }
        // What was written after the oldest running one may be as far ahead as that is behind.
        return unseen >= first && unseen - first < 1 << 30
    }

    struct Untold: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }
}
