internal import CheckpointFiles
internal import FoundationEssentials
internal import MappingFiles
internal import OpenSearchIndex
internal import PostgresRows
internal import ReindexCore

/// The adapters of one command, wired to the environment. The only place that knows them all.
struct Servers: Sendable {
    let environment: Environment
    let cluster: OpenSearchCluster
    let sink: OpenSearchBulkSink
    let store: any DocumentStore

    init(_ options: CommonOptions, environment: Environment = .current) throws {
        self.environment = environment
        let transport = try OpenSearchTransport(environment.openSearch(insecure: options.insecure))
        cluster = OpenSearchCluster(transport)
        sink = OpenSearchBulkSink(transport)
        if let folder = options.checkpoints {
            store = try FileDocumentStore(folder: folder)
        } else {
            store = IndexDocumentStore(cluster)
        }
    }

    func source(_ mapping: Mapping) -> PostgresSource {
        PostgresSource(
            settings: environment.postgres, rules: mapping.source, children: mapping.document.children)
    }

    /// Asks both servers; changes nothing.
    func plan(_ mapping: Mapping) async throws -> ReindexPlan {
        let rows = try await source(mapping).describe()
        let description = try await cluster.describeCluster()
        let templates = try await cluster.templates(for: ReindexPlan.sampleIndex(alias: mapping.alias))
        var serving: [AliasPlacement] = []
        for alias in [mapping.alias] + mapping.also {
            if try await cluster.index(alias) != nil { throw ReindexPlan.Refusal.aliasIsIndex(alias) }
            serving += try await cluster.alias(alias)
        }
        let plan = ReindexPlan(
            mapping: mapping, source: description, cluster: description, templates: templates, serving: serving)
        if let refusal = plan.refusals.first { throw refusal }
        return plan
    }
}

extension Clocks {
    /// The real ones.
    static let system: Clocks = {
        let start = ContinuousClock.now
        return Clocks(
            now: { ContinuousClock.now - start },
            wallMicroseconds: { Int64(Date().timeIntervalSince1970 * 1_000_000) },
            sleep: { try await Task.sleep(for: $0) },
            random: { Double.random(in: 0..<1) })
    }()
}
