/// One document as it was written. Immutable: a search goes on with what it began with.
final class StoredDocument: Sendable {
    let id: String
    let routing: String?
    /// Byte for byte as it was sent.
    let source: [UInt8]
    let version: Int
    let sequenceNumber: Int

    init(id: String, routing: String?, source: [UInt8], version: Int, sequenceNumber: Int) {
        (self.id, self.routing, self.source) = (id, routing, source)
        (self.version, self.sequenceNumber) = (version, sequenceNumber)
    }
}

/// Under what condition a write takes place, and what version it gives.
struct WriteCondition {
    enum VersionType: String {
        case `internal`, external, externalOrEqual = "external_gte"
    }

    var versionType = VersionType.internal
    var version: Int?
    var sequenceNumber: Int?
    var primaryTerm: Int?
    /// `create`: the document must be absent.
    var isCreation = false

    /// What OpenSearch refuses before it looks at any document.
    func validate(isDelete: Bool = false) throws(APIError) {
        if isCreation, versionType != .internal {
            throw .invalidRequest("create operations only support internal versioning. use index instead")
        }
        if isCreation, version != nil || sequenceNumber != nil {
            throw .invalidRequest(
                "create operations do not support compare and set. use index instead")
        }
        if versionType == .internal, version != nil {
            throw .invalidRequest(
                "internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and "
                    + "`if_primary_term` instead")
        }
        if versionType != .internal {
            if sequenceNumber != nil { throw .invalidRequest("compare and write operations can not use versioning") }
            guard let version, version >= 0 else {
                let name = versionType == .external ? "EXTERNAL" : "EXTERNAL_GTE"
                throw .invalidRequest("illegal version value [\(version ?? -3)] for version type [\(name)]")
            }
        }
        if sequenceNumber != nil, (primaryTerm ?? 0) == 0 {
            throw .invalidRequest("ifSeqNo is set, but primary term is [0]")
        }
        if sequenceNumber == nil, let primaryTerm, primaryTerm != 0 {
            throw .invalidRequest("ifSeqNo is unassigned, but primary term is [\(primaryTerm)]")
        }
    }
}

/// What a write did.
struct WriteResult {
    let version: Int
    let sequenceNumber: Int
    /// `created`, `updated`, `deleted` or `not_found`.
    let result: String

    var status: Int {
        switch result {
        case "created": 201
        case "not_found": 404
        default: 200
        }
    }
}

/// A shard: the newest version of each document, what searches see, and the versions of the deleted.
final class Shard {
    private struct Entry {
        var version: Int
        var sequenceNumber: Int
        var document: StoredDocument?
        var deletedAt = 0
    }

    let number: Int
    let historyUUID = Identifier.uuid()
    private var entries: [String: Entry] = [:]
    private var nextSequenceNumber = 0
    /// Since when something waits for a refresh, in milliseconds since 1970.
    private var waitingSince: Int?
    private(set) var searchable = SearchableDocuments([])
    private(set) var liveCount = 0

    init(number: Int) { self.number = number }

    var maxSequenceNumber: Int { nextSequenceNumber - 1 }

    /// The document by its `_id`, whether or not it was refreshed.
    func document(_ id: String) -> StoredDocument? { entries[id]?.document }

    /// - Parameter now: milliseconds since 1970.
    func index(
        _ id: String, routing: String?, source: [UInt8], _ condition: WriteCondition, in index: Index, now: Int
    ) throws(APIError) -> WriteResult {
        let present = entry(id, in: index, now: now)
        let version = try nextVersion(id, present, condition, in: index)
        let sequenceNumber = nextSequenceNumber
        nextSequenceNumber += 1
        let document = StoredDocument(
            id: id, routing: routing, source: source, version: version, sequenceNumber: sequenceNumber)
        entries[id] = Entry(version: version, sequenceNumber: sequenceNumber, document: document)
        let isNew = present?.document == nil
        if isNew { liveCount += 1 }
        if waitingSince == nil { waitingSince = now }
        return WriteResult(version: version, sequenceNumber: sequenceNumber, result: isNew ? "created" : "updated")
    }

    func delete(_ id: String, _ condition: WriteCondition, in index: Index, now: Int) throws(APIError) -> WriteResult {
        let present = entry(id, in: index, now: now)
        let version = try nextVersion(id, present, condition, in: index)
        let sequenceNumber = nextSequenceNumber
        nextSequenceNumber += 1
        entries[id] = Entry(version: version, sequenceNumber: sequenceNumber, document: nil, deletedAt: now)
        let wasThere = present?.document != nil
        if wasThere {
            liveCount -= 1
            if waitingSince == nil { waitingSince = now }
        }
        return WriteResult(version: version, sequenceNumber: sequenceNumber, result: wasThere ? "deleted" : "not_found")
    }

    func refresh() {
        guard waitingSince != nil else { return }
        waitingSince = nil
        searchable = SearchableDocuments(
            entries.values.compactMap(\.document).sorted { $0.sequenceNumber < $1.sequenceNumber })
    }

    func refreshIfDue(now: Int, interval: Int) {
        if let waitingSince, now - waitingSince >= interval { refresh() }
    }

    /// A tombstone is forgotten after `index.gc_deletes`.
    private func entry(_ id: String, in index: Index, now: Int) -> Entry? {
        guard let entry = entries[id] else { return nil }
        return entry.document == nil && now - entry.deletedAt > index.settings.gcDeletes ? nil : entry
    }

    private func nextVersion(
        _ id: String, _ present: Entry?, _ condition: WriteCondition, in index: Index
    ) throws(APIError) -> Int {
        func conflict(_ reason: String) -> APIError {
            APIError(
                409, "version_conflict_engine_exception", "[\(id)]: version conflict, \(reason)",
                details: [
                    "index": .string(index.name), "shard": .string(String(number)), "index_uuid": .string(index.uuid),
                ])
        }
        if condition.isCreation, let present, present.document != nil {
            throw conflict("document already exists (current version [\(present.version)])")
        }
        if let wanted = condition.sequenceNumber {
            let required = "required seqNo [\(wanted)], primary term [\(condition.primaryTerm ?? 0)]."
            guard let present, present.document != nil else { throw conflict("\(required) but no document was found") }
            if present.sequenceNumber != wanted || condition.primaryTerm != 1 {
                throw conflict(
                    "\(required) current document has seqNo [\(present.sequenceNumber)] and primary term [1]")
            }
        }
        guard let version = condition.version, condition.versionType != .internal else {
            return (present?.version ?? 0) + 1
        }
        if let present {
            if condition.versionType == .external, version <= present.version {
                throw conflict(
                    "current version [\(present.version)] is higher or equal to the one provided [\(version)]")
            }
            if version < present.version {
                throw conflict("current version [\(present.version)] is higher than the one provided [\(version)]")
            }
        }
        return version
    }
}
