import ReindexCore
import Testing

@Suite struct FingerprintTests {
    private func fingerprint(_ change: (inout Mapping, inout SourceDescription, inout ClusterDescription) -> Void)
        -> Fingerprint
    {
        var (mapping, source, cluster) = (Mapping.scripted, SourceDescription.scripted, ClusterDescription.scripted)
        change(&mapping, &source, &cluster)
        return Fingerprint(mapping: mapping, source: source, cluster: cluster)
    }

    @Test func `the same plan has the same fingerprint and digest`() {
        let (one, other) = (fingerprint { _, _, _ in }, fingerprint { _, _, _ in })
        #expect(one == other && one.differences(to: other).isEmpty && one.digest == other.digest)
        #expect(one.digest.count == 16)
    }

    @Test func `each thing a document is made of has its field`() {
        let base = fingerprint { _, _, _ in }
        func differing(_ change: (inout Mapping, inout SourceDescription, inout ClusterDescription) -> Void)
            -> [String]
        {
            let changed = fingerprint(change)
            #expect(changed.digest != base.digest)
            return base.differences(to: changed).map(\.field)
        }
        #expect(differing { mapping, _, _ in mapping.body.json["x"] = 1 } == ["body.x"])
        #expect(differing { mapping, _, _ in mapping.source.key = ["b"] } == ["source.key"])
        #expect(differing { mapping, _, _ in mapping.source.rows = .table("other") } == ["source.table"])
        #expect(
            differing { mapping, _, _ in mapping.source.rows = .query("select 1") } == ["source.query", "source.table"])
        #expect(differing { mapping, _, _ in mapping.document.keepsNulls = true } == ["document.nulls"])
        #expect(differing { mapping, _, _ in mapping.load.pipeline = "p" } == ["load.pipeline"])
        #expect(differing { mapping, _, _ in mapping.writers = .alias } == ["writers"])
        #expect(
            differing { _, source, _ in source.columns[1] = Column(name: "p", type: .base("varchar")) } == ["columns"])
        #expect(differing { _, source, _ in source.server.database = "other" } == ["database"])
        #expect(differing { _, source, _ in source.server.encoding = "LATIN1" } == ["encoding"])
        #expect(differing { _, source, _ in source.server.collationVersions["k"] = "2.41" } == ["collation of k"])
        #expect(differing { _, _, cluster in cluster.uuid = "other" } == ["cluster"])
    }

    @Test func `what changes no document changes no fingerprint`() {
        let base = fingerprint { _, _, _ in }
        let other = fingerprint { mapping, source, cluster in
            mapping.maxRejected = 7
            mapping.source.snapshotMaxAge = .seconds(1)
            mapping.load.replicas = nil
            mapping.body.path = "elsewhere.json"
            source.estimatedRows = 3
            cluster.dataNodes = 9
        }
        #expect(base == other)
    }

    @Test func `it survives its JSON form`() throws {
        let base = fingerprint { _, _, _ in }
        #expect(try JSONValue(encoding: base).decode(Fingerprint.self) == base)
    }

    @Test func `a field that only one side has is a difference`() {
        let differences = Fingerprint(fields: ["a": "1"]).differences(to: Fingerprint(fields: ["b": "2"]))
        #expect(differences.map(\.field) == ["a", "b"])
        #expect(differences.map(\.before) == ["1", "(none)"] && differences.map(\.now) == ["(none)", "2"])
    }
}
