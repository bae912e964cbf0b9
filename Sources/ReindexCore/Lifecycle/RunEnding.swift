/// How a run ended that did not fail.
package enum RunEnding: Sendable {
    case done(Facts)
    case nothingToResume(reason: String?)

    package struct Facts: Sendable {
        package var record: RunRecord
        package var isContinued: Bool
        package var documentsInIndex: Int?
        package var previousIndices: [String] = []
        /// Of the promoted index's primaries.
        package var indexBytes: Int?
        package var caughtUp = CaughtUp()
        package var gate: Gate.Result?
        package var watch: Watch.Result?
        /// `verify --repair`: so many documents were looked at, and no other; nil is all of them.
        package var lookedAt: Int?
        /// Documents that are refused as of the after-round; nil where there was none.
        package var rejectedWhileServing: Int?

        /// What the rounds after the copy did.
        package struct CaughtUp: Sendable, Codable {
            package var rounds = 0
            package var written = 0
            package var deleted = 0
            /// Documents that somebody else wrote at the same moment: they were looked at again.
            package var conflicts = 0

            package init() {}

            mutating func add(_ result: Equalization.Result) {
                rounds += 1
                deleted += result.deleted
                written += max(0, result.counts.acknowledged - result.counts.rejected - result.deleted)
            }

            mutating func add(_ result: LiveEqualization.Result) {
                rounds += result.rounds
                written += result.written
                deleted += result.deleted
                conflicts += result.conflicts
            }
        }

        init(record: RunRecord, isContinued: Bool) {
            self.record = record
            self.isContinued = isContinued
        }
    }
}

/// A failure with what is known of the run, for the report.
package struct RunFailure: Error, Sendable {
    package let error: any Error
    package let facts: RunEnding.Facts
}
