/// Which of a range's rows, and how much of each.
package enum RowSelection: Sendable, Hashable {
    case whole
    /// All rows, of which only what makes `_id`, routing and version is read: the other columns are null.
    case keys
    case changed(ChangedSince)
    /// Whole rows whose key lies between the two, both included: a text for each of the key's columns.
    case between([String], [String])

    var isOfChanges: Bool {
        if case .changed = self { return true }
        return false
    }

    /// Only a table's own rows have an `xmin`: they are read as they lie.
    var needsPhysicalOrder: Bool {
        if case .changed(.transaction) = self { return true }
        return false
    }
}

/// Where to look for rows that changed: more than changed, and never fewer.
package enum ChangedSince: Sendable, Hashable {
    /// Rows whose `xmin` is this transaction or a later one, of the 2^31 that follow it. All that were running then, and
    /// their subtransactions, have later numbers. Rows from 2^31 transactions ago may look like new ones: they are only
    /// sent again. Of one origin alone: ``SnapshotMark/origin``.
    case transaction(UInt64, origin: String)
    /// Rows whose column or expression is not before that time, or null.
    case time(expression: String, timestamp: String)
}
