/// Small JSON documents by id with compare-and-swap: where a run remembers itself. Kept in the hidden index
/// `reindex-checkpoints` (`OpenSearchIndex`) or in a folder (`CheckpointFiles`); both pass `DocumentStoreTests`.
///
/// What `put` acknowledged is on disk. Ids are `[a-z0-9._-]`, up to 512 bytes, other characters escaped by the store.
package protocol DocumentStore: Sendable {
    /// The documents that exist, by id. Never by search: a search lags behind.
    func get(_ ids: [String]) async throws(StoreError) -> [String: StoredDocument]

    /// Writes a document where it is still as it was read.
    /// - Parameter expected: the version read, or nil where the document must not exist.
    /// - Throws: `conflict` where somebody else wrote it meanwhile.
    func put(_ id: String, _ json: JSONValue, expected: StoredVersion?) async throws(StoreError) -> StoredVersion

    /// Removes a document; nothing where it is absent.
    /// - Parameter expected: nil removes whatever is there.
    func remove(_ id: String, expected: StoredVersion?) async throws(StoreError)

    /// "the index reindex-checkpoints at http://…" or "the folder …": for messages.
    var place: String { get }
}

package struct StoredDocument: Sendable, Hashable {
    package let json: JSONValue
    package let version: StoredVersion

    package init(json: JSONValue, version: StoredVersion) {
        self.json = json
        self.version = version
    }

    /// What was stored, as what it was stored as.
    /// - Throws: `damaged` where somebody else changed it into something that it cannot be.
    package func read<T: Decodable>(_ type: T.Type, _ id: String) throws(StoreError) -> T {
        do {
            return try json.decode(type)
        } catch {
            let place = (error as? DecodingError).flatMap(Self.place) ?? "it"
            throw StoreError(.damaged, doing: "reading \(id)", message: "\(place) is not what reindex writes there")
        }
    }

    private static func place(of error: DecodingError) -> String? {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.last.map { "\"\($0.stringValue)\"" }
        case .keyNotFound(let key, _): "\"\(key.stringValue)\""
        @unknown default: nil
        }
    }
}

/// `_seq_no` and `_primary_term` of OpenSearch; in a folder a counter and 1.
package struct StoredVersion: Sendable, Hashable, Codable {
    package let sequenceNumber: Int64
    package let primaryTerm: Int64

    package init(sequenceNumber: Int64, primaryTerm: Int64) {
        self.sequenceNumber = sequenceNumber
        self.primaryTerm = primaryTerm
    }
}

package struct StoreError: Error, Sendable {
    package enum Kind: Sendable, Hashable {
        /// Somebody else wrote, or removed, the document.
        case conflict
        /// Worth trying again.
        case unavailable
        /// 401, 403, no right to the folder.
        case notAllowed
        /// A document that somebody else made unreadable.
        case damaged
        /// Anything else.
        case failed
    }

    package let kind: Kind
    package let doing: String
    package let message: String

    package init(_ kind: Kind, doing: String, message: String) {
        self.kind = kind
        self.doing = doing
        self.message = message
    }
}
