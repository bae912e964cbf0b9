/// A part of the key's order: what one cursor reads.
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

    package init(start: Start, through: KeyPlace?) {
        self.start = start
        self.through = through
    }

    package static let all = KeyRange(start: .beginning, through: nil)
}
