internal import PostgresRows
internal import ReindexCore

/// PostgreSQL alone, for a command that needs no cluster.
struct PostgresPreview {
    private let source: PostgresSource

    init(mapping: Mapping, environment: Environment = .current) {
        source = PostgresSource(
            settings: environment.postgres, rules: mapping.source, children: mapping.document.children)
    }

    func describe() async throws -> SourceDescription { try await source.describe() }
    func row(_ key: [String]) async throws -> FetchedRows? { try await source.row(atKey: key) }
}
