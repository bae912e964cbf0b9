internal import CheckpointFiles
internal import FoundationEssentials
internal import MappingFiles
internal import OpenSearchIndex
internal import PostgresRows
internal import ReindexCore

/// The adapters of one command, wired to the environment. The only place that knows them all.
struct Servers: Sendable {
    let environment: Environment
    let cluster: any IndexTarget
    let sink: any BulkSink
    let searcher: any CanarySearcher
    let store: any DocumentStore
    /// Where another machine may have recorded a run.
    let otherStores: [any DocumentStore]
    private let folder: FileDocumentStore?

    init(_ options: CommonOptions, environment: Environment = .current) throws {
        self.environment = environment
        let transport = try OpenSearchTransport(environment.openSearch(insecure: options.insecure))
        if transport.isOpenToImpostors {
            Terminal.error(
                """
                warning: --insecure: OpenSearch's certificate is not verified, at \(transport.shownAddresses)
                  whoever sits on the way can read and change everything, the password too

                """)
        }
        cluster = OpenSearchCluster(transport)
        sink = OpenSearchBulkSink(transport)
        // Its own connections and thread: a search does not queue behind a body.
        searcher = OpenSearchSearcher(try OpenSearchTransport(environment.openSearch(insecure: options.insecure)))
        folder = try options.checkpoints.map { path throws(StoreError) in try FileDocumentStore(folder: path) }
        let shared = IndexDocumentStore(transport)
        if let folder {
            store = MarkingStore(folder, marking: cluster)
            otherStores = [shared]
        } else {
            store = shared
            otherStores = []
        }
    }

    /// One run at a time works on a folder of checkpoints.
    func lock() throws(StoreError) { try folder?.lock() }

    func describe(_ mapping: Mapping) async throws(SourceError) -> SourceDescription {
        try await source(mapping).describe()
    }

    func reader(of mapping: Mapping, _ description: SourceDescription) -> any RowReader {
        source(mapping).reader(description)
    }

    func loadProbe(of mapping: Mapping) -> any SourceLoadProbe { source(mapping).loadProbe }

    /// Asks both servers; changes nothing.
    /// - Parameter replacesIndex: an index of the alias's name is no obstacle.
    func plan(_ mapping: Mapping, replacesIndex: Bool = false) async throws -> ReindexPlan {
        // Both servers at once, and then what hangs on the alias; which error is told is the order below.
        async let clusterDescription = cluster.describeCluster()
        let rows = try await describe(mapping)
        let description = try await clusterDescription
        async let templates = cluster.templates(for: ReindexPlan.sampleIndex(alias: mapping.alias))
        var serving: [AliasPlacement] = []
        for alias in [mapping.alias] + mapping.also {
            async let index = replacesIndex ? nil : cluster.index(alias)
            async let placements = cluster.alias(alias)
            if try await index != nil { throw ReindexPlan.Refusal.aliasIsIndex(alias) }
            serving += try await placements
        }
        let plan = ReindexPlan(
            mapping: mapping, source: rows, cluster: description, templates: try await templates, serving: serving)
        if let refusal = plan.refusals.first { throw refusal }
        return plan
    }

    /// Best effort: a history that cannot be read tells no rate.
    func forecast(_ plan: ReindexPlan, readers: Int? = nil) async -> Forecast? {
        let id = RunRecord.historyID(alias: plan.mapping.alias)
        return plan.forecast(history: (try? await store.get([id]))?[id]?.json, readers: readers)
    }

    private func source(_ mapping: Mapping) -> PostgresSource {
        var changedAt: String?
        if case .changedAt(let expression) = mapping.catchUp { changedAt = expression }
        let document = mapping.document
        return PostgresSource(
            settings: environment.postgres, rules: mapping.source, children: document.children,
            actionColumns: Set(document.id + [document.routing, document.version].compactMap { $0 }),
            changedAt: changedAt)
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
