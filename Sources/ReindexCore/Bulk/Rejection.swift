/// A document that is not in the index and why: recorded before the checkpoint passes it.
package struct Rejection: Sendable, Hashable, Codable {
    /// The document's `_id`, or nil where the row yields none.
    package var id: String?
    package var routing: String?
    /// The row's key, for people.
    package var key: [String]
    /// OpenSearch's error type (`mapper_parsing_exception`), or one of ours (`invalid_json`, `id_too_long`).
    package var type: String
    package var reason: String
    /// The column, where one is to blame.
    package var column: String?
    /// Action and document as sent, with `--keep-rejected-bodies` alone.
    package var body: String?

    package init(
        id: String?, routing: String? = nil, key: [String], type: String, reason: String, column: String? = nil
    ) {
        self.id = id
        self.routing = routing
        self.key = key
        self.type = type
        self.reason = reason
        self.column = column
    }
}

/// What one batch of rows became.
package struct EncodedBatch: Sendable {
    package let body: BulkBody
    /// Rows that no document could be made of; they are not in `body`.
    package let rejections: [Rejection]
    /// Values that JSON or OpenSearch cannot hold and that became null (`strict_values: false`).
    package let replacedValues: Int

    package init(body: BulkBody, rejections: [Rejection], replacedValues: Int) {
        self.body = body
        self.rejections = rejections
        self.replacedValues = replacedValues
    }
}
