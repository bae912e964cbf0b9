package import ReindexCore
internal import Synchronization

/// Documents in a hidden index of the cluster itself, so that any machine can go on with a run.
///
/// The index is made at the first write, with one shard, a copy where there is a second node, and a mapping that looks
/// into nothing, so that no content can make it grow or be refused. It is written through an alias that has to be there:
/// an index that somebody deleted would otherwise come back by itself, with a mapping that refuses what comes next.
/// A write is fenced by the sequence number that was read, or by `_create`.
///
/// An answer may be lost after the write was done, by the network or because libcurl repeats a request whose kept
/// connection was closed. So each `put` marks its document with a number of its own (`_put`, taken off by `get`): when
/// the write is repeated and refused, a document that carries this mark says that the first one was done after all.
package struct IndexDocumentStore: DocumentStore {
    package static let indexName = "reindex-checkpoints"
    /// How many documents are asked for at once.
    private static let pageSize = 500
    private static let mark = "_put"

    package let place: String
    private let cluster: OpenSearchCluster
    private let index: String
    private let mayExist = MayExist()

    package init(
        _ transport: OpenSearchTransport, index: String = indexName, retry: CallRetry = CallRetry()
    ) {
        cluster = OpenSearchCluster(transport, retry: retry)
        self.index = index
        place = "the index \(index) at \(transport.shownAddresses)"
    }

    package func get(_ ids: [String]) async throws(StoreError) -> [String: StoredDocument] {
        var found: [String: StoredDocument] = [:]
        var rest = ids[...]
        while !rest.isEmpty {
            let page = rest.prefix(Self.pageSize)
            rest = rest.dropFirst(Self.pageSize)
            for (id, marked) in try await read(Array(page)) { found[id] = marked.document }
        }
        return found
    }

    package func put(
        _ id: String, _ json: JSONValue, expected: StoredVersion?
    ) async throws(StoreError) -> StoredVersion {
        let doing = "writing \(id)"
        try require(id, doing: doing)
        guard json.object != nil else { throw StoreError(.failed, doing: doing, message: "it is not a JSON object") }
        try await ensureIndex(doing: doing)
        let mark = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        var marked = json
        marked[Self.mark] = .string(mark)
        let request = HTTPRequest(.put, path(of: id, expected), body: .json(marked), doing: doing)
        do {
            return try await version(answering: request)
        } catch {
            if case .refused(404, _) = error.kind {
                // Somebody deleted the index meanwhile. What was in it is gone; what is new begins a new one.
                mayExist.isKnown.store(false, ordering: .releasing)
                let message = "\(index) was deleted, and what the run remembered with it"
                guard expected == nil else { throw StoreError(.conflict, doing: doing, message: message) }
                try await ensureIndex(doing: doing)
                do {
                    return try await version(answering: request)
                } catch {
                    throw Self.storeError(error, doing: doing)
                }
            }
            let failure = Self.storeError(error, doing: doing)
            guard failure.kind == .conflict || failure.kind == .unavailable else { throw failure }
            // Whether it is there decides, not the answer. Where that cannot be read either, the first error stands.
            guard let found = try? await read([id])[id], found.mark == mark else { throw failure }
            return found.document.version
        }
    }

    package func remove(_ id: String, expected: StoredVersion?) async throws(StoreError) {
        let doing = "removing \(id)"
        try require(id, doing: doing)
        let fence = expected.map { "&if_seq_no=\($0.sequenceNumber)&if_primary_term=\($0.primaryTerm)" } ?? ""
        let path = "/\(index)/_doc/\(PercentEncoding.encode(id))?timeout=10s" + fence
        do {
            // A document that is absent answers 404 with "not_found" and no error; an index that is absent, with one.
            let absent: Set = ["http_404", "index_not_found_exception"]
            _ = try await cluster.call(HTTPRequest(.delete, path, doing: doing), unless: absent)
        } catch {
            let failure = Self.storeError(error, doing: doing)
            // With a sequence number an absent document, also one that this very call removed, answers 409.
            guard failure.kind == .conflict, try await read([id]).isEmpty else { throw failure }
        }
    }

    // MARK: One call each

    private struct Marked {
        let document: StoredDocument
        let mark: String?
    }

    /// `_mget`, which reads what was written last, refreshed or not.
    private func read(_ ids: [String]) async throws(StoreError) -> [String: Marked] {
        let doing = "reading \(ids.count == 1 ? ids[0] : "\(ids.count) documents")"
        for id in ids { try require(id, doing: doing) }
        let body: JSONValue = ["ids": .array(ids.map { .string($0) })]
        let request = HTTPRequest(.post, "/\(index)/_mget?realtime=true", body: .json(body), doing: doing)
        let entries: [JSONValue]
        do {
            entries = try await cluster.retry.run { _ throws(TargetError) in
                try await askFor(ids, request)
            }
        } catch {
            throw Self.storeError(error, doing: doing)
        }
        var found: [String: Marked] = [:]
        for (id, entry) in zip(ids, entries) where entry["found"]?.bool == true {
            guard var json = entry["_source"], json.object != nil, let version = Self.version(in: entry) else {
                throw StoreError(.failed, doing: doing, message: "\(id) cannot be read: it has no content")
            }
            let mark = json[Self.mark]?.string
            json[Self.mark] = nil
            found[id] = Marked(document: StoredDocument(json: json, version: version), mark: mark)
        }
        return found
    }

    private func version(answering request: HTTPRequest) async throws(TargetError) -> StoredVersion {
        if let version = Self.version(in: try await cluster.call(request)) { return version }
        throw incomplete("the answer has no sequence number", doing: request.doing)
    }

    private func incomplete(_ message: String, doing: String) -> TargetError {
        TargetError(.incompleteAnswer, doing: doing, message: message, address: place)
    }

    /// One entry a document, in the order asked for. A shard that is away is an error inside of an entry.
    private func askFor(_ ids: [String], _ request: HTTPRequest) async throws(TargetError) -> [JSONValue] {
        let answer = try await cluster.callOnce(request)
        guard let entries = answer["docs"]?.array, entries.count == ids.count else {
            throw incomplete("the answer does not hold each document", doing: request.doing)
        }
        for error in entries.compactMap({ $0["error"] }) {
            let failure = ServerError(status: 503, error: error)
            if failure.type != "index_not_found_exception" {
                throw incomplete("\(failure.type): \(failure.reason)", doing: request.doing)
            }
        }
        return entries
    }

    /// Made by whoever writes first; that two try is no harm.
    private func ensureIndex(doing: String) async throws(StoreError) {
        guard !mayExist.isKnown.load(ordering: .acquiring) else { return }
        let body: JSONValue = [
            "settings": ["index": ["hidden": true, "number_of_shards": 1, "auto_expand_replicas": "0-1"]],
            "mappings": ["enabled": false], "aliases": [index: ["is_hidden": true]],
        ]
        do {
            if try await cluster.alias(index).isEmpty { try await cluster.createIndex("\(index)-1", body: body) }
        } catch {
            switch error.kind {
            case .refused(_, "resource_already_exists_exception"): break
            default: throw Self.storeError(error, doing: doing)
            }
        }
        mayExist.isKnown.store(true, ordering: .releasing)
    }

    /// Whether the index was seen, shared by the copies of the store.
    private final class MayExist: Sendable {
        let isKnown = Atomic(false)
    }

    private func path(of id: String, _ expected: StoredVersion?) -> String {
        let id = PercentEncoding.encode(id)
        guard let expected else { return "/\(index)/_create/\(id)?require_alias=true&timeout=10s" }
        return "/\(index)/_doc/\(id)?require_alias=true&timeout=10s&if_seq_no=\(expected.sequenceNumber)"
            + "&if_primary_term=\(expected.primaryTerm)"
    }

    private func require(_ id: String, doing: String) throws(StoreError) {
        guard !id.isEmpty, id.utf8.count <= 512 else {
            throw StoreError(.failed, doing: doing, message: "an id has 1 to 512 bytes")
        }
    }

    private static func version(in json: JSONValue) -> StoredVersion? {
        guard let number = json["_seq_no"]?.int, let term = json["_primary_term"]?.int else { return nil }
        return StoredVersion(sequenceNumber: Int64(number), primaryTerm: Int64(term))
    }

    private static func storeError(_ error: TargetError, doing: String) -> StoreError {
        let kind: StoreError.Kind =
            switch error.kind {
            case .refused(409, _), .conflict: .conflict
            case .authentication, .notAllowed: .notAllowed
            default: error.isTransient ? .unavailable : .failed
            }
        let type = if case .refused(let status, let type) = error.kind { "\(status) \(type): " } else { "" }
        return StoreError(kind, doing: doing, message: type + error.message)
    }
}
