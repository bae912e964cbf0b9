import Testing

@testable import ReindexCore

@Suite struct IndexSettingsTests {
    @Test func `a setting that was not set goes back to null, one that was to what it was`() {
        let restore = IndexSettings.toRestore(
            from: ["refresh_interval": "30s", "number_of_replicas": "2", "uuid": "x"], bodyIsHidden: false)
        #expect(
            restore == [
                "index.refresh_interval": "30s", "index.number_of_replicas": "2", "index.gc_deletes": .null,
                "index.translog.durability": .null, "index.hidden": false,
            ])
        #expect(IndexSettings.beforePromotion(restore)["index.hidden"] == nil, "hidden follows the alias")
    }

    @Test func `everything the load changes is put back`() throws {
        let restore = IndexSettings.toRestore(from: [:], bodyIsHidden: false)
        let restored = Set((IndexSettings.beforePromotion(restore).object ?? [:]).keys)
        let changed = Set((IndexSettings.forLoad(replicas: 0).object ?? [:]).keys)
        #expect(changed.isSubset(of: restored))
        #expect(IndexSettings.forLoad(replicas: nil)["index.number_of_replicas"] == nil)
        #expect(IndexSettings.forLoad(replicas: 0)["index.translog.durability"] == "request")
    }

    @Test func `the three spellings of a setting are one`() {
        let spellings: [JSONValue] = [
            ["index": ["number_of_shards": 2]], ["index.number_of_shards": 2], ["number_of_shards": 2],
        ]
        for settings in spellings { #expect(IndexSettings.flattened(settings) == ["index.number_of_shards": 2]) }
        #expect(
            IndexSettings.flattened(["analysis": ["filter": ["f": ["type": "stop"]]]])
                == ["index.analysis.filter.f.type": "stop"])
    }

    @Test func `the body keeps its own meta and gains ours, hidden, with the writer alias`() {
        let body: JSONValue = [
            "settings": ["hidden": false, "number_of_shards": 3], "mappings": ["_meta": ["owner": "shop"]],
        ]
        let sent = IndexSettings.body(body, meta: ["run": "r"], writerAlias: "w")
        #expect(sent[path: ["mappings", "_meta"]] == ["owner": "shop", "reindex": ["run": "r"]])
        #expect(sent["settings"] == ["index.hidden": true, "index.number_of_shards": 3])
        #expect(sent["aliases"] == ["w": ["is_hidden": true, "is_write_index": true]])
        let bare = IndexSettings.body([:], meta: ["run": "r"], writerAlias: "w")
        #expect(bare[path: ["mappings", "_meta", "reindex", "run"]] == "r")
    }

    @Test func `a body that wants to be hidden is known`() {
        #expect(IndexSettings.isHidden(["settings": ["index": ["hidden": true]]]))
        #expect(IndexSettings.isHidden(["settings": ["index.hidden": "true"]]))
        #expect(!IndexSettings.isHidden(["settings": ["hidden": false]]) && !IndexSettings.isHidden([:]))
    }
}
