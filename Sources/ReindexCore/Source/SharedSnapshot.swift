/// The snapshot that the readers of one copy share, and the epoch of each.
///
/// One reader takes a snapshot and exports it, the others join it, all at the server that the first one reached. A reader
/// that needs a newer one (too old, connection lost) takes it for all, and each of them joins it when it next opens a
/// cursor: so readers may be in different snapshots for a while. That is harmless, because an epoch is allocated and its
/// snapshot taken one at a time: the larger epoch is the later reading, whichever document arrives first (rule 1).
///
/// Owner of the newest snapshot. Who joins and finds nobody left that holds it takes a new one.
package actor SharedSnapshot {
    /// A snapshot that was taken.
    package struct Taken: Sendable {
        package let epoch: Epoch
        let exported: ExportedSnapshot?
        let at: Duration
        let mark: SnapshotMark?
    }

    private let maxAge: Duration
    /// Whether others may join: a single reader's snapshot is not exported.
    private let isExported: Bool
    private let clocks: Clocks
    private let progress: Progress
    private let allocateEpoch: @Sendable (_ why: String) async throws -> Epoch
    private let noteMark: @Sendable (Epoch, SnapshotMark) async throws -> Void
    private var newest: Taken?
    private var moments: [SourceMoment?] = []
    private var turnstile = Turnstile()

    package init(
        maxAge: Duration, isExported: Bool, clocks: Clocks, progress: Progress,
        allocateEpoch: @escaping @Sendable (_ why: String) async throws -> Epoch,
        noteMark: @escaping @Sendable (Epoch, SnapshotMark) async throws -> Void = { _, _ in }
    ) {
        self.maxAge = maxAge
        self.isExported = isExported
        self.clocks = clocks
        self.progress = progress
        self.allocateEpoch = allocateEpoch
        self.noteMark = noteMark
    }

    /// What every snapshot taken so far saw, where that was one and the same and nothing was being written; otherwise nil.
    package var onlyMoment: SourceMoment? {
        guard let first = moments.first, let moment = first, moments.allSatisfy({ $0 == moment }) else { return nil }
        return moment
    }

    nonisolated func isTooOld(_ taken: Taken) -> Bool { clocks.now() - taken.at > maxAge }

    nonisolated var whyTooOld: String { "the snapshot was older than \(Int(maxAge.seconds)) s" }

    /// Opens the reader's cursor in the newest snapshot, or in a new one where there is none that may be used.
    /// - Parameters:
    ///   - own: the snapshot that the reader's transaction is in; nil where it is in none.
    ///   - left: the epoch of the snapshot that was too old or lost.
    func open(
        _ reader: any RowReader, _ range: KeyRange, own: Taken?, left: Epoch?, why: String
    ) async throws -> Taken {
        var left = left
        while true {
            await enter()
            guard let found = find(own: own, left: left) else {
                defer { turnstile.leave() }
                return try await take(reader, range, why: why)
            }
            // Who joins may have to wait for a lock that another reader has: that one must be able to open its next cursor.
            turnstile.leave()
            if found.epoch == own?.epoch {
                _ = try await reader.open(range, in: .own)
                return found
            }
            if let exported = found.exported, try await join(exported, reader, range) { return found }
            left = found.epoch
        }
    }

    /// The newest snapshot, where the reader is in it or may join it.
    private func find(own: Taken?, left: Epoch?) -> Taken? {
        guard let newest, !isTooOld(newest), left.map({ newest.epoch > $0 }) ?? true else { return nil }
        return newest.exported != nil || newest.epoch == own?.epoch ? newest : nil
    }

    /// One at a time: an epoch, then its snapshot.
    private func take(_ reader: any RowReader, _ range: KeyRange, why: String) async throws -> Taken {
        let why = newest.map(isTooOld) == true ? whyTooOld : why
        newest = nil
        let epoch = try await allocateEpoch(why)
        let exported = try await reader.open(range, in: .new(isExported: isExported))
        progress.snapshotTaken()
        let mark = await reader.mark()
        moments.append(SourceMoment(mark?.snapshot))
        if let mark { try await noteMark(epoch, mark) }
        let taken = Taken(epoch: epoch, exported: exported, at: clocks.now(), mark: mark)
        newest = taken
        return taken
    }

    /// - Returns: false where nobody holds the snapshot any more.
    private func join(_ exported: ExportedSnapshot, _ reader: any RowReader, _ range: KeyRange) async throws -> Bool {
        do throws(SourceError) {
            _ = try await reader.open(range, in: .exported(exported))
            return true
        } catch {
            guard error.kind == .snapshotGone else { throw error }
            return false
        }
    }

    private func enter() async {
        if turnstile.enter() { return }
        await withCheckedContinuation { turnstile.queue($0) }
    }
}
