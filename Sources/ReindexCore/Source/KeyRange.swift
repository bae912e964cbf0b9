/// A part of the rows in the order that they are read in: what one cursor reads.
package struct KeyRange: Sendable, Hashable {
    package enum Start: Sendable, Hashable {
        case beginning
        /// With this place: whoever read up to it drops the equal row, and so notices a second one.
        case at(KeyPlace)
        /// Behind this place: another range ends with it.
        case after(KeyPlace)
    }

    package var start: Start
    /// The last place, or nil for the end of the table.
    package var through: KeyPlace?
    /// What its places are places of.
    package var order: RowOrder
    package var selection: RowSelection

    package init(start: Start, through: KeyPlace?, order: RowOrder = .key, selection: RowSelection = .whole) {
        self.start = start
        self.through = through
        self.order = order
        self.selection = selection
    }

    package static let all = KeyRange(start: .beginning, through: nil)

    /// Whether it is all of the table.
    package var isWhole: Bool { start == .beginning && through == nil }
}
