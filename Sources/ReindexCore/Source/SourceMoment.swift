/// What a snapshot of PostgreSQL sees, taken while no transaction was writing.
///
/// Two snapshots with the same moment see the same rows: whatever writes takes a transaction number, which moves it.
/// Source: PostgreSQL manual, "Transaction ID and Snapshot Information Functions".
package struct SourceMoment: Sendable, Hashable {
    private let text: String

    /// - Parameter snapshot: `xmin:xmax:xip,…`; nil, and anything but an empty list between equal ends, is no moment: what
    ///   was running then may have ended since.
    package init?(_ snapshot: String?) {
        guard let snapshot else { return nil }
        let parts = snapshot.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == parts[1], !parts[0].isEmpty, parts[2].isEmpty else { return nil }
        text = snapshot
    }
}
