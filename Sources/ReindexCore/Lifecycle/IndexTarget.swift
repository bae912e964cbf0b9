/// The administration of one OpenSearch cluster: what a run needs beside `_bulk`. Implemented by `OpenSearchIndex`.
///
/// Each method is one step that may be repeated. Transient failures (see ``TargetError/isTransient``) are retried inside
/// for a short while with back-off where the call is idempotent; the caller decides about longer patience.
package protocol IndexTarget: IndexReader {
    /// `GET /`, `_cluster/health`, disk and indexing pressure where they may be read.
    /// - Throws: `unsupported` for Elasticsearch, OpenSearch 1, or something else altogether.
    func describeCluster() async throws(TargetError) -> ClusterDescription

    /// Which templates (both kinds) would act on an index of that name, as far as OpenSearch says.
    func templates(for index: String) async throws(TargetError) -> [TemplateEffect]

    /// Creates the index with exactly this body. An index of this name that exists is `refused(400, resource_already_exists_exception)`.
    func createIndex(_ name: String, body: JSONValue) async throws(TargetError)

    /// The index as it is, or nil where there is none (or the name is an alias).
    func index(_ name: String) async throws(TargetError) -> IndexDescription?

    /// `PUT index/_settings` with dotted or nested keys.
    func putSettings(_ settings: JSONValue, of index: String) async throws(TargetError)

    /// `PUT index/_mapping` of `_meta` alone.
    func putMeta(_ meta: JSONValue, of index: String) async throws(TargetError)

    func deleteIndex(_ name: String) async throws(TargetError)

    func refresh(_ index: String) async throws(TargetError)

    /// Whether the cluster still works on bulk requests of this run, through any of its writer aliases; nil where it does not tell.
    func isWriting(to index: String, for run: String) async throws(TargetError) -> Bool?

    /// `_forcemerge` in the background, asked for once: what it returns is asked for with ``isMerging(_:)``. nil where it
    /// is over already.
    func beginMerging(_ index: String, segments: Int) async throws(TargetError) -> String?

    /// Whether it goes on; a task that nobody knows is over.
    func isMerging(_ task: String) async throws(TargetError) -> Bool

    /// `_count`, of all its shards: fewer shards answering than there are is `incompleteAnswer`.
    func count(of index: String) async throws(TargetError) -> Int

    /// Health of the index: red, yellow or green, and the number of its unassigned shards. Does not wait.
    func health(of index: String) async throws(TargetError) -> IndexHealth

    /// Which indices an alias points at, with its properties for each; empty where there is none.
    func alias(_ name: String) async throws(TargetError) -> [AliasPlacement]

    /// Every alias of this index (`reindex-writer-*` among them).
    /// - Throws: `refused(404, index_not_found_exception)` where there is none.
    func aliases(of index: String) async throws(TargetError) -> [AliasPlacement]

    /// One atomic `POST _aliases`. Not retried: read the alias back, for its state decides.
    /// - Throws: `conflict` where a `must_exist` did not hold, or a second write index would come to be.
    func updateAliases(_ actions: [AliasAction]) async throws(TargetError)

    /// Index names that carry our `_meta.reindex`, with it: `pattern` may have a wildcard; hidden ones are included.
    func indices(matching pattern: String) async throws(TargetError) -> [IndexDescription]

    /// The document of an index, for tests of a canary and the demo; nil where absent.
    func document(_ id: String, routing: String?, in index: String) async throws(TargetError) -> JSONValue?

    /// `_mget`: the documents of these keys, as far as there are any.
    func documents(_ keys: [DocumentKey], in index: String) async throws(TargetError) -> [DocumentKey: JSONValue]
}

package struct ClusterDescription: Sendable, Codable, Hashable {
    package var name: String
    package var uuid: String
    package var version: String
    package var dataNodes: Int
    /// Free bytes on the data node that has least; nil where it may not be read.
    package var freeDiskBytes: Int?
    package var totalDiskBytes: Int?
    /// Used share (0…1) at which OpenSearch allocates no more shards to a node, and at which it blocks writes; nil where unknown.
    package var highWatermark: Double?
    package var floodStageWatermark: Double?
    /// Bytes of bulk requests one node takes at once (`indexing_pressure`), the least of the nodes'; nil where unknown.
    package var indexingPressureLimit: Int?
    /// `http.max_content_length` in bytes; nil where unknown.
    package var maxContentLength: Int?
    package var isSandbox: Bool
    /// What may not be read, and what is done without it.
    package var notes: [String]

    package init(name: String, uuid: String, version: String, dataNodes: Int) {
        self.name = name
        self.uuid = uuid
        self.version = version
        self.dataNodes = dataNodes
        self.isSandbox = false
        self.notes = []
    }
}

/// A template that would act on a new index.
package struct TemplateEffect: Sendable, Codable, Hashable {
    package var name: String
    /// `_index_template` or the older `_template`.
    package var isLegacy: Bool
    package var aliases: [String]
    package var finalPipeline: String?
    package var defaultPipeline: String?
    package var settings: JSONValue
    package var hasMappings: Bool

    package init(
        name: String, isLegacy: Bool, aliases: [String], finalPipeline: String?, defaultPipeline: String?,
        settings: JSONValue, hasMappings: Bool
    ) {
        self.name = name
        self.isLegacy = isLegacy
        self.aliases = aliases
        self.finalPipeline = finalPipeline
        self.defaultPipeline = defaultPipeline
        self.settings = settings
        self.hasMappings = hasMappings
    }
}

package struct IndexDescription: Sendable, Codable, Hashable {
    package var name: String
    package var uuid: String
    /// `settings.index` as read back, flat: `number_of_replicas`, `refresh_interval` …, each a string.
    package var settings: [String: String]
    package var mappings: JSONValue
    package var aliases: [AliasPlacement]
    /// One a primary shard, in the shards' order; nil where `_stats` may not be read.
    package var historyUUIDs: [String]?
    /// Of its primaries on disk; nil where `_stats` may not be read.
    package var storeBytes: Int?

    package init(
        name: String, uuid: String, settings: [String: String], mappings: JSONValue, aliases: [AliasPlacement],
        historyUUIDs: [String]?
    ) {
        self.name = name
        self.uuid = uuid
        self.settings = settings
        self.mappings = mappings
        self.aliases = aliases
        self.historyUUIDs = historyUUIDs
    }
}

package struct IndexHealth: Sendable, Codable, Hashable {
    package enum Color: String, Sendable, Codable { case red, yellow, green }

    package var color: Color
    package var unassignedShards: Int
    package var relocatingOrInitializingShards: Int

    package init(color: Color, unassignedShards: Int, relocatingOrInitializingShards: Int) {
        self.color = color
        self.unassignedShards = unassignedShards
        self.relocatingOrInitializingShards = relocatingOrInitializingShards
    }
}

package struct AliasPlacement: Sendable, Codable, Hashable {
    package var alias: String
    package var index: String
    package var isWriteIndex: Bool?
    package var isHidden: Bool
    package var filter: JSONValue?
    package var indexRouting: String?
    package var searchRouting: String?

    package init(
        alias: String, index: String, isWriteIndex: Bool? = nil, isHidden: Bool = false, filter: JSONValue? = nil,
        indexRouting: String? = nil, searchRouting: String? = nil
    ) {
        self.alias = alias
        self.index = index
        self.isWriteIndex = isWriteIndex
        self.isHidden = isHidden
        self.filter = filter
        self.indexRouting = indexRouting
        self.searchRouting = searchRouting
    }
}

package enum AliasAction: Sendable, Hashable {
    case add(AliasPlacement)
    /// With `must_exist: true`: the whole call fails where it is not there.
    case remove(alias: String, index: String)
    case removeIndex(String)
}
