/// What a run remembers about itself, under the id `run-<alias>`: enough for any machine to go on with it.
///
/// The JSON form is `docs/checkpoints.md`; `format` grows when a field changes its meaning.
package struct RunRecord: Sendable, Codable, Hashable {
    package static let currentFormat = 1

    package var format = RunRecord.currentFormat
    /// `20261122-101112-ab12`.
    package var run: String
    /// The NAME of the command.
    package var mapping: String
    package var alias: String
    package var index: String
    /// nil until the index was created.
    package var indexUUID: String?
    /// One a primary shard: a shard that lost its data has another one.
    package var historyUUIDs: [String]?
    package var state: RunState
    package var phase: Phase
    /// The newest epoch allocated: more than any version in this index.
    package var epoch: Epoch
    /// The number of the writer alias `reindex-writer-<run>-<writer>`.
    package var writer: Int
    /// The numbers of the slices; 0 alone is the whole table.
    package var slices: [Int]
    /// What the slices' places are places of; nil is by key.
    package var order: RowOrder?
    /// In physical order: the table's file that they are places in.
    package var fileNode: String?
    /// Index settings that were changed for the load, as they were read: null where they were not set.
    package var settingsToRestore: JSONValue?
    package var fingerprint: Fingerprint
    /// The mapping verbatim, so that a later command can act by the one the index was built with.
    package var plan: JSONValue
    package var tool: String
    package var holder: Holder
    package var startedAt: String
    package var updatedAt: String
    /// Each snapshot that was read, the last 100.
    package var snapshots: [SnapshotRecord]
    /// Of the round in which the index equalled the query's result last: only what changed since is to be looked for.
    package var equalSince: SnapshotMark?
    /// `--limit`: this run was never to hold all rows, and nothing but the same limit may go on with it.
    package var limit: Int?
    /// The indices that served before, stored before the alias moves: afterwards nobody could tell.
    package var previousIndices: [String]?
    /// When the alias moved.
    package var promotedAt: String?
    /// What the gate saw, for `status` and the report.
    package var gate: Gate.Result?
    /// Of the rules and canaries that `gate` is the result of: a gate that is another one may be tried.
    package var gateDigest: String?
    /// The mapping that was rolled back before this run: refused until it changes, or `--again`.
    package var knownBad: KnownBad?
    /// Others of that kind: a gate that closed, and then a rollback of what served.
    package var alsoBad: [KnownBad]?
    /// `catch-up`: a live index is brought up to date whoever else writes it.
    package var catchesUp: Bool?
    /// `promote --index`: an operator chose this index, though a newer one serves.
    package var isChosen: Bool?
    /// `rejected --retry` has sent documents to an index that does not serve yet: the counts of the slices know nothing of them.
    package var hasRetriedRejections: Bool?
    /// `rejected --retry` works on a run that had ended, or died at it.
    package var beforeRetry: BeforeRetry?
    /// Why the run is closed, abandoned or interrupted, for people.
    package var reason: String?

    package struct Holder: Sendable, Codable, Hashable {
        package var host: String
        package var pid: Int
        /// The boot and the process namespace that `pid` counts in; nil where that cannot be told.
        package var boot: String?
        /// When that process began, in the kernel's own unit: a pid that is used again is another process.
        package var began: String?
        package var since: String
        /// Seconds without a sign of life, which is a new version of this record, after which another may take over.
        package var lease: Double?

        package init(
            host: String, pid: Int, boot: String? = nil, began: String? = nil, since: String, lease: Double? = nil
        ) {
            self.host = host
            self.pid = pid
            self.boot = boot
            self.began = began
            self.since = since
            self.lease = lease
        }

        /// For people: `process 4711 on worker-3, since 2026-11-22T10:11:12Z`.
        package var text: String { "process \(pid) on \(host), since \(since)" }
    }

    package struct KnownBad: Sendable, Codable, Hashable {
        /// ``Fingerprint/digest``.
        package var digest: String
        package var reason: String
        /// ``GateRules/digest`` of the gate that closed; nil where it was rolled back.
        package var gate: String?
        /// Whose mapping it was; nil of a version that did not keep it.
        package var run: String?
    }

    /// What a run was before its rejected documents were sent again: closed, or held.
    package struct BeforeRetry: Sendable, Codable, Hashable {
        var state: RunState
        var phase: Phase
        var reason: String?

        /// A run that was closed for its rejections is gone on with when few enough are left; a gate opens by `--again`
        /// alone, or when it is another one.
        func state(left: Int, maxRejected: Int) -> RunState {
            state == .closed && phase != .gate && left <= maxRejected ? .interrupted : state
        }
    }

    package struct SnapshotRecord: Sendable, Codable, Hashable {
        package var epoch: Epoch
        package var at: String
        /// "the run begins", "resumed", "older than 15 min", "the connection was lost".
        package var why: String
        package var mark: SnapshotMark?
    }

    /// The alias through which this holder writes, and nobody else.
    package var writerAlias: String { Self.writerAlias(run: run, writer: writer) }

    package static func writerAlias(run: String, writer: Int) -> String { "\(writerAliasPrefix(run: run))\(writer)" }

    package static func writerAliasPrefix(run: String) -> String { "reindex-writer-\(run)-" }

    package static func id(alias: String) -> String { "run-\(alias)" }

    /// What happened to an alias: its last runs.
    package static func historyID(alias: String) -> String { "history-\(alias)" }

    /// Whether its mapping is not tried again by itself: its gate closed, or it was rolled back.
    var isRemembered: Bool { state == .rolledBack || (state == .closed && phase == .gate) }

    /// Why a mapping is not to be tried again, and since which run; nil where nothing is known against it.
    package func knownBad(_ digest: String) -> KnownBad? {
        if isRemembered, fingerprint.digest == digest {
            return KnownBad(
                digest: digest, reason: reason ?? state.rawValue, gate: state == .closed ? gateDigest : nil, run: run)
        }
        return ([knownBad].compactMap { $0 } + (alsoBad ?? [])).first { $0.digest == digest }
    }

    /// Keeps one more bad mapping in mind.
    mutating func condemn(_ bad: KnownBad) {
        if knownBad == nil || knownBad?.digest == bad.digest {
            knownBad = bad
        } else {
            alsoBad = ((alsoBad ?? []).filter { $0.digest != bad.digest } + [bad]).suffix(9)
        }
    }

    mutating func pardon(_ digest: String) {
        if knownBad?.digest == digest { knownBad = nil }
        alsoBad?.removeAll { $0.digest == digest }
        if alsoBad?.isEmpty == true { alsoBad = nil }
    }

    /// Whether a later call may go on with it.
    package var isUnfinished: Bool { state == .active || state == .interrupted }
}

package enum RunState: String, Sendable, Codable, Hashable {
    case active, interrupted, closed, promoted, abandoned
    /// Filled and settled, left unpromoted because that was asked for.
    case held
    case rolledBack = "rolled-back"
    /// It served, until somebody put another index behind the alias that was not there before.
    case replaced
}

/// The steps of a run, in their order. Each is stored before it begins and can be repeated without harm.
package enum Phase: String, Sendable, Codable, Hashable, CaseIterable, Comparable {
    case create, copy, settle, verify
    /// Rounds before the gate, so that what it tries is what will serve.
    case catchUp = "catch-up"
    /// Canary searches, new against old.
    case gate
    case lastRound = "last-round"
    case promote
    case afterRound = "after-round"
    /// Canary searches through the alias.
    case watch
    case finish

    package var next: Phase? {
        let all = Phase.allCases
        return all.firstIndex(of: self).flatMap { $0 + 1 < all.count ? all[$0 + 1] : nil }
    }

    package static func < (left: Phase, right: Phase) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}

/// What one slice remembers, under `slice-<run>-<k>`.
package struct SliceRecord: Sendable, Codable, Hashable {
    package var slice: Int
    /// The range: rows behind `from`, through `through`; nil is the end of the table.
    package var from: KeyPlace?
    package var through: KeyPlace?
    /// The slice that this one was split from: the rows behind `from` were that one's.
    package var parent: Int?
    /// Everything up to here is in the index or recorded as rejected; nil: nothing yet.
    package var place: KeyPlace?
    package var isFinished = false
    package var counts = DocumentCounts()
    package var updatedAt: String
    /// For `status` from another machine.
    package var progress: ProgressSnapshot?

    package init(slice: Int, from: KeyPlace? = nil, through: KeyPlace? = nil, updatedAt: String) {
        self.slice = slice
        self.from = from
        self.through = through
        self.updatedAt = updatedAt
    }

    package static func id(run: String, slice: Int) -> String { "slice-\(run)-\(slice)" }

    /// What is left of it behind a place, as far as its own end, in the order of its places.
    func range(behind place: KeyPlace?) -> KeyRange {
        KeyRange(start: (place ?? from).map { .after($0) } ?? .beginning, through: through)
    }
}
