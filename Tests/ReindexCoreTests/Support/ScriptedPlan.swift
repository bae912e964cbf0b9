import ReindexCore

extension Mapping {
    /// A table `shop` of a key and a payload, into the alias `Shop`.
    static var scripted: Mapping {
        Mapping(
            name: "shop", alias: "Shop",
            body: .init(
                path: "shop.index.json", json: ["settings": ["number_of_replicas": 1, "refresh_interval": "5s"]]),
            source: SourceRules(rows: .table("shop"), key: ["k"]),
            marks: SourceMarks(file: "mappings/shop.yaml", lines: [:]))
    }
}

extension SourceDescription {
    static var scripted: SourceDescription {
        SourceDescription(
            columns: [Column(name: "k", type: .base("int8")), Column(name: "p", type: .base("text"))], keyColumns: [0],
            children: [], keyProof: .checkedWhileReading, estimatedRows: 100, estimatedRowWidth: 20,
            isOrderedByIndex: true, queryPlan: [], hasLargeValues: false,
            server: ServerDescription(
                version: "15.1", versionNumber: 150_001, database: "shop", systemIdentifier: "1", encoding: "UTF8",
                isReplica: false, collationVersions: [:]),
            warnings: [])
    }
}

extension ClusterDescription {
    static var scripted: ClusterDescription {
        ClusterDescription(name: "scripted", uuid: "cluster", version: "2.19.0", dataNodes: 1)
    }
}
