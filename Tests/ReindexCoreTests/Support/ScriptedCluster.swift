import Foundation
import ReindexCore
import Synchronization

/// An OpenSearch in memory, as far as a run needs it: external versions, aliases with `must_exist`, `require_alias`, and
/// counts that see only what was refreshed. What survives the processes of a test.
final class ScriptedCluster: Sendable {
    struct Document: Sendable, Hashable {
        var version: Int64
        var source: String
        var sequenceNumber: Int64 = 0
    }

    struct Index: Sendable {
        var uuid: String
        var settings: [String: JSONValue]
        var mappings: JSONValue
        var documents: [String: Document] = [:]
        /// As of the last refresh.
        var searchable: [String: Document] = [:]
        var history: String
        var aliases: [String: AliasPlacement] = [:]
    }

    struct State: Sendable {
        var indices: [String: Index] = [:]
        var made = 0
        /// Bulk requests that were accepted and are applied later, past any fence.
        var accepted: [(index: String, items: [Item])] = []
        var bulks = 0
    }

    struct Item: Sendable {
        var action = "index"
        var id: String
        /// External; nil where the item has a condition instead.
        var version: Int64?
        var sequenceNumber: Int64?
        var source: String
    }

    let state = Mutex(State())
    /// What an item is answered instead of being indexed.
    let refusal: @Sendable (Item) -> ItemAnswer?

    init(refusal: @escaping @Sendable (Item) -> ItemAnswer? = { _ in nil }) { self.refusal = refusal }

    // MARK: What tests look at

    /// The indices an alias points at.
    func serving(_ alias: String) -> [String] {
        state.withLock { state in state.indices.filter { $0.value.aliases[alias] != nil }.keys.sorted() }
    }

    func documents(of index: String) -> [String: String] {
        state.withLock { $0.indices[index]?.documents.mapValues(\.source) ?? [:] }
    }

    subscript(index: String) -> Index? { state.withLock { $0.indices[index] } }
    var indexNames: [String] { state.withLock { $0.indices.keys.sorted() } }
    var bulkCount: Int { state.withLock(\.bulks) }

    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    /// An index of before, behind an alias.
    func serve(_ name: String, as alias: String, isOurs: Bool = true) {
        state.withLock { state in
            let meta: JSONValue = isOurs ? ["_meta": ["reindex": ["run": "before"]]] : [:]
            var index = Index(uuid: "uuid-\(name)", settings: [:], mappings: meta, history: "h-\(name)")
            index.aliases[alias] = AliasPlacement(alias: alias, index: name, isWriteIndex: true)
            state.indices[name] = index
        }
    }

    // MARK: Steps

    static func create(_ state: inout State, _ name: String, _ body: JSONValue) -> TargetError? {
        guard state.indices[name] == nil else { return refused(400, "resource_already_exists_exception") }
        state.made += 1
        var index = Index(
            uuid: "uuid-\(state.made)", settings: body["settings"]?.object ?? [:], mappings: body["mappings"] ?? [:],
            history: "history-\(state.made)")
        for (alias, properties) in body["aliases"]?.object ?? [:] {
            index.aliases[alias] = AliasPlacement(
                alias: alias, index: name, isWriteIndex: properties["is_write_index"]?.bool,
                isHidden: properties["is_hidden"]?.bool ?? false)
        }
        state.indices[name] = index
        return nil
    }

    /// All or nothing, as the real call.
    static func update(_ state: inout State, _ actions: [AliasAction]) -> TargetError? {
        var next = state.indices
        for action in actions {
            switch action {
            case .add(let placement):
                guard next[placement.index] != nil else { return refused(404, "index_not_found_exception") }
                next[placement.index]?.aliases[placement.alias] = placement
            case .remove(let alias, let index):
                guard next[index]?.aliases.removeValue(forKey: alias) != nil else {
                    return TargetError(
                        .conflict, doing: "updating aliases", message: "aliases [\(alias)] missing", address: "scripted"
                    )
                }
            case .removeIndex(let index):
                guard next.removeValue(forKey: index) != nil else { return refused(404, "index_not_found_exception") }
            }
        }
        var writers: [String: Int] = [:]
        for placement in next.values.flatMap(\.aliases.values) where placement.isWriteIndex == true {
            writers[placement.alias, default: 0] += 1
        }
        guard writers.values.allSatisfy({ $0 == 1 }) else {
            return TargetError(
                .conflict, doing: "updating aliases", message: "more than one write index", address: "scripted")
        }
        state.indices = next
        return nil
    }

    func apply(_ items: [Item], to name: String, in state: inout State) -> [(id: String, answer: ItemAnswer)] {
        items.map { item in
            if let answer = refusal(item) { return (item.id, answer) }
            let there = state.indices[name]?.documents[item.id]
            if let conflict = Self.conflict(of: item, with: there) { return (item.id, conflict) }
            state.made += 1
            state.indices[name]?.documents[item.id] =
                item.action == "delete"
                ? nil
                : Document(
                    version: item.version ?? (there?.version ?? 0) + 1, source: item.source,
                    sequenceNumber: Int64(state.made))
            return (item.id, .created)
        }
    }

    private static func conflict(of item: Item, with there: Document?) -> ItemAnswer? {
        let reason: String
        if let version = item.version, let there, there.version > version {
            reason = "current version [\(there.version)] is higher than the one provided [\(version)]"
        } else if let number = item.sequenceNumber, number != there?.sequenceNumber {
            reason = "required seqNo [\(number)], primary term [1]. but no document was found or it moved"
        } else if item.action == "create", let there {
            reason = "document already exists (current version [\(there.version)])"
        } else {
            return nil
        }
        return ItemAnswer(
            status: 409, type: "version_conflict_engine_exception", reason: "[\(item.id)]: version conflict, \(reason)")
    }

    /// Through an alias with a write index alone: `require_alias=true`.
    func bulk(_ items: [Item], through alias: String) -> BulkReply {
        state.withLock { state in
            state.bulks += 1
            guard let name = state.indices.first(where: { $0.value.aliases[alias]?.isWriteIndex == true })?.key else {
                let gone = ItemAnswer(
                    status: 404, type: "index_not_found_exception",
                    reason: "no such index [\(alias)] and [require_alias] request flag is [true]")
                return .items(items.map { ($0.id, gone) })
            }
            return .items(apply(items, to: name, in: &state))
        }
    }

    /// A bulk that was accepted before the fence and lands whenever it likes.
    func accept(_ items: [Item], through alias: String) {
        state.withLock { state in
            guard let name = state.indices.first(where: { $0.value.aliases[alias] != nil })?.key else { return }
            state.accepted.append((name, items))
        }
    }

    func landAccepted() {
        state.withLock { state in
            let late = state.accepted
            state.accepted = []
            for (index, items) in late where state.indices[index] != nil { _ = apply(items, to: index, in: &state) }
        }
    }

    static func refused(_ status: Int, _ type: String) -> TargetError {
        TargetError(.refused(status: status, type: type), doing: "scripted", message: type, address: "scripted")
    }

    func `for`(_ process: ScriptedProcess, clock: VirtualClock) -> Access {
        Access(cluster: self, process: process, clock: clock)
    }
}

extension ScriptedCluster {
    /// The cluster as one process reaches it.
    struct Access: IndexTarget, BulkSink {
        let cluster: ScriptedCluster
        let process: ScriptedProcess
        let clock: VirtualClock

        private func call<Value>(
            _ name: String, _ work: (inout State) -> Result<Value, TargetError>
        ) async throws(TargetError) -> Value {
            switch await process.called("cluster \(name)") {
            case .works: return try cluster.state.withLock { work(&$0) }.get()
            case .fails(let isApplied, let isTransient):
                if isApplied { _ = cluster.state.withLock { work(&$0) } }
                throw Self.failure(isTransient)
            }
        }

        private static func failure(_ isTransient: Bool) -> TargetError {
            TargetError(
                isTransient ? .incompleteAnswer : .notAllowed, doing: "scripted", message: "scripted",
                address: "scripted")
        }

        private func done(_ error: TargetError?) -> Result<Void, TargetError> {
            error.map { .failure($0) } ?? .success(())
        }

        private func missing(_ name: String) -> TargetError { refused(404, "index_not_found_exception") }

        func describeCluster() async throws(TargetError) -> ClusterDescription { .scripted }
        func templates(for index: String) async throws(TargetError) -> [TemplateEffect] { [] }

        func createIndex(_ name: String, body: JSONValue) async throws(TargetError) {
            try await call("createIndex") { done(create(&$0, name, body)) }
        }

        func index(_ name: String) async throws(TargetError) -> IndexDescription? {
            try await call("index") { state in .success(state.indices[name].map { Self.description(name, $0) }) }
        }

        private static func description(_ name: String, _ index: Index) -> IndexDescription {
            var settings: [String: String] = [:]
            for (key, value) in index.settings where value != .null {
                let text = value.string ?? String(decoding: value.bytes, as: UTF8.self)
                settings[String(key.dropFirst("index.".count))] = text
            }
            return IndexDescription(
                name: name, uuid: index.uuid, settings: settings, mappings: index.mappings,
                aliases: index.aliases.values.sorted { $0.alias < $1.alias }, historyUUIDs: [index.history])
        }

        func putSettings(_ settings: JSONValue, of index: String) async throws(TargetError) {
            try await call("putSettings") { state -> Result<Void, TargetError> in
                guard state.indices[index] != nil else { return .failure(missing(index)) }
                for (key, value) in settings.object ?? [:] { state.indices[index]?.settings[key] = value }
                return .success(())
            }
        }

        func putMeta(_ meta: JSONValue, of index: String) async throws(TargetError) {
            try await call("putMeta") { state in
                state.indices[index]?.mappings["_meta"] = meta
                return .success(())
            }
        }

        func deleteIndex(_ name: String) async throws(TargetError) {
            try await call("deleteIndex") { state in
                state.indices.removeValue(forKey: name) == nil ? .failure(missing(name)) : .success(())
            }
        }

        func refresh(_ index: String) async throws(TargetError) {
            try await call("refresh") { state -> Result<Void, TargetError> in
                guard state.indices[index] != nil else { return .failure(missing(index)) }
                let documents = state.indices[index]?.documents ?? [:]
                state.indices[index]?.searchable = documents
                return .success(())
            }
        }

        func isWriting(to index: String, for run: String) async throws(TargetError) -> Bool? { false }

        func count(of index: String) async throws(TargetError) -> Int {
            try await call("count") { state -> Result<Int, TargetError> in
                state.indices[index].map { .success($0.searchable.count) } ?? .failure(missing(index))
            }
        }

        func beginMerging(_ index: String, segments: Int) async throws(TargetError) -> String? { nil }

        func isMerging(_ task: String) async throws(TargetError) -> Bool { false }

        func health(of index: String) async throws(TargetError) -> IndexHealth {
            try await call("health") { state -> Result<IndexHealth, TargetError> in
                guard state.indices[index] != nil else { return .failure(missing(index)) }
                return .success(IndexHealth(color: .yellow, unassignedShards: 1, relocatingOrInitializingShards: 0))
            }
        }

        func alias(_ name: String) async throws(TargetError) -> [AliasPlacement] {
            try await call("alias") { state in
                .success(state.indices.values.compactMap { $0.aliases[name] }.sorted { $0.index < $1.index })
            }
        }

        func aliases(of index: String) async throws(TargetError) -> [AliasPlacement] {
            try await call("aliases") { state -> Result<[AliasPlacement], TargetError> in
                guard let found = state.indices[index] else { return .failure(missing(index)) }
                return .success(found.aliases.values.sorted { $0.alias < $1.alias })
            }
        }

        func updateAliases(_ actions: [AliasAction]) async throws(TargetError) {
            try await call("updateAliases") { done(update(&$0, actions)) }
        }

        func indices(matching pattern: String) async throws(TargetError) -> [IndexDescription] {
            try await call("indices") { state in .success(state.indices.map { Self.description($0, $1) }) }
        }

        func document(_ id: String, routing: String?, in index: String) async throws(TargetError) -> JSONValue? { nil }

        func documents(
            _ keys: [DocumentKey], in index: String
        ) async throws(TargetError) -> [DocumentKey: JSONValue] {
            try await call("documents") { state in
                var found: [DocumentKey: JSONValue] = [:]
                for key in keys {
                    guard let document = state.indices[index]?.documents[key.text] else { continue }
                    found[key] = try? JSONValue(parsing: Array(document.source.utf8))
                }
                return .success(found)
            }
        }

        /// All of it: what was refreshed.
        func firstDocuments(
            of index: String, _ form: ListingForm, limit: Int
        ) async throws(TargetError) -> IndexPage {
            try await call("firstDocuments") { state -> Result<IndexPage, TargetError> in
                guard let found = state.indices[index] else { return .failure(missing(index)) }
                let hits = found.searchable.sorted { $0.key < $1.key }.map { id, document -> String in
                    let source = form.hasSource ? ",\"_source\":\(document.source)" : ""
                    return "{\"_id\":\(id.quoted),\"_seq_no\":\(document.sequenceNumber),\"_primary_term\":1\(source)}"
                }
                let text =
                    "{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{\"total\":{\"value\":\(hits.count),"
                    + "\"relation\":\"eq\"},\"hits\":[\(hits.joined(separator: ","))]}}"
                guard let page = try? IndexPage(reading: Array(text.utf8), form: form) else { fatalError(text) }
                return .success(page)
            }
        }

        // The first documents are all of them.
        func beginListing(_ index: String, parts: Int) async throws(TargetError) -> IndexListing {
            throw missing(index)
        }

        func page(
            _ cursor: ListingCursor, of listing: IndexListing, _ form: ListingForm, limit: Int
        ) async throws(TargetError) -> IndexPage { throw missing(listing.index) }

        func countDocuments(in listing: IndexListing) async throws(TargetError) -> Int? { nil }

        func endListing(_ listing: IndexListing, at cursors: [ListingCursor]) async {}

        var isOnLoopback: Bool { true }
        func isWorking(on label: String) async throws(TargetError) -> Bool? { false }

        func send(
            _ body: BulkBody, items range: Range<Int>, to destination: BulkDestination, label: String
        ) async throws(TargetError) -> BulkReply {
            let items = Self.items(body, range)
            clock.advance(.milliseconds(300))
            // Answers come in any order.
            for _ in 0..<Int((items.first?.version ?? 0) % 7) + items.count % 5 { await Task.yield() }
            switch await process.called("cluster bulk") {
            case .works: return cluster.bulk(items, through: destination.writerAlias)
            case .fails(let isApplied, let isTransient):
                if isApplied {
                    if isTransient {
                        _ = cluster.bulk(items, through: destination.writerAlias)
                    } else {
                        cluster.accept(items, through: destination.writerAlias)
                    }
                }
                throw Self.failure(isTransient)
            }
        }

        private static func items(_ body: BulkBody, _ range: Range<Int>) -> [Item] {
            range.map { number in
                let lines = body.text(ofItems: number..<number + 1).split(separator: "\n")
                let line = (try? JSONValue(parsing: Array(lines[0].utf8)))?.object?.first
                return Item(
                    action: line?.key ?? "?", id: line?.value["_id"]?.string ?? "?",
                    version: line?.value["version"]?.int.map(Int64.init),
                    sequenceNumber: line?.value["if_seq_no"]?.int.map(Int64.init),
                    source: lines.count > 1 ? String(lines[1]) : "")
            }
        }
    }
}
