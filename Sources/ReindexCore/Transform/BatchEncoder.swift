/// What the pipeline needs of a mapping's document rules; implemented by ``DocumentTemplate``.
package protocol BatchEncoder: Sendable {
    /// By which the keys of a batch are hashed as they are encoded (``ItemHashes``); nil where they are not.
    var keyHash: DocumentHash? { get }

    /// Rows to NDJSON; rows that no document can be made of become rejections.
    func encode(_ batch: RowBatch) -> EncodedBatch

    /// The key of one row, for checkpoints and messages.
    func place(ofRow row: Int, in rows: FetchedRows) -> KeyPlace

    /// Bytes that are equal exactly where PostgreSQL's `=` says that the keys are (`1.0` and `1.00`).
    func keyIdentity(ofRow row: Int, in rows: FetchedRows) -> [UInt8]

    /// The same of a place read from a checkpoint.
    func keyIdentity(of place: KeyPlace) -> [UInt8]

    /// The first row in `rows` whose key equals its predecessor's, or nil. Rows come in the key's order.
    func firstDoubledRow(in rows: FetchedRows, range: Range<Int>) -> Int?
}

extension BatchEncoder {
    package var keyHash: DocumentHash? { nil }
}
