/// What is to be put right: exactly these documents, as a comparison found them. Each is looked at again before anything is
/// written.
package struct RepairScope: Sendable, Hashable {
    package var documents: Set<DocumentKey>
    /// Where their rows are.
    package var rows: RowSelection
    /// Otherwise what is there stays as it is, whatever it says.
    package var comparesContent: Bool

    package init(documents: Set<DocumentKey>, rows: RowSelection, comparesContent: Bool) {
        (self.documents, self.rows, self.comparesContent) = (documents, rows, comparesContent)
    }

    func holds(_ rejection: Rejection) -> Bool { rejection.documentKey.map(documents.contains) ?? false }
}
