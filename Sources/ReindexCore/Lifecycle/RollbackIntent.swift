/// A rollback that was begun, under `rollback-<alias>`: stored before its alias call, and removed when everything else that
/// belongs to it is stored too. Who finds one reads the alias, and finishes it or takes it back (``Rollback/settle()``).
///
/// A document of its own: the run's record is written all the while by whoever holds the run, and may be another index's.
package struct RollbackIntent: Sendable, Codable, Hashable {
    package var format = 1
    /// The index that is left.
    package var from: String
    package var to: String
    /// What the watch saw; nil where a person asked for it.
    package var why: String?
    package var since: String

    package static func id(alias: String) -> String { "rollback-\(alias)" }

    /// What is said of the index that is left.
    var reason: String { "rolled back to \(to)" + (why.map { ": \($0)" } ?? "") }
}
