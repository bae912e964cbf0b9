import Foundation
import MappingFiles
import ReindexCore
import Testing

@Suite struct MappingFileTests {
    @Test func `the smallest mapping takes every default`() throws {
        let read = try mapping(smallest)
        #expect(read.name == "products" && read.alias == "products" && read.also.isEmpty)
        #expect(read.source.rows == .table("products") && read.source.key == ["id"])
        #expect(read.body.path == "body.json" && read.body.json["settings"]?["number_of_shards"]?.int == 1)
        #expect(read.writers == .none && read.maxRejected == 0)
        #expect(read.source.snapshotMaxAge == .seconds(900) && read.source.readers == nil && read.source.order == .auto)
        #expect(read.document == DocumentRules() && read.load == LoadRules() && read.catchUp == .auto)
        #expect(read.gate == nil && read.watch == nil && read.retain == RetainRules() && read.guards == GuardRules())
    }

    @Test func `every key is read`() throws {
        let canary =
            #"{"name": "kettle", "search": {"size": 1}, "expect": {"hits": ["42"], "ordered": true, "minimum": 3}}"#
        let folder = try TemporaryMappings([
            "products.canaries.ndjson": "\n" + canary + "\n", "products.yaml": complete,
        ])
        let read = try folder.mapping()
        #expect(read.also == ["shop-search", "shop-suggest"] && read.writers == .versioned && read.maxRejected == 7)
        #expect(read.source.rows == .query("select p.*\nfrom products p\n"))
        #expect(read.source.key == ["tenant_id", "id"] && read.source.snapshotMaxAge == .seconds(20 * 60))
        #expect(read.source.readers == 3 && read.source.order == .physical)
        let document = read.document
        #expect(document.id == ["id"] && document.routing == "tenant_id" && document.version == "revision")
        #expect(document.keepsNulls && document.strictValues && document.omit == ["lat", "lon"])
        #expect(
            document.fields == [
                .init(name: "location", value: .geoPoint(latitude: "lat", longitude: "lon")),
                .init(name: "brand.name", value: .column("brand")),
                .init(name: "kind", value: .constant(["type": "product", "rank": 1, "tags": ["a", true, .null]])),
            ])
        #expect(
            document.children.map(\.name) == ["reviews"] && document.children[0].parent == ["tenant", "product_id"])
        #expect(read.load.replicas == nil && read.load.gzip == .on && read.load.pipeline == "enrich")
        #expect(read.catchUp == .changedAt("updated_at") && read.verify.contentShare == 1)
        #expect(
            read.gate?.samples == 100 && read.gate?.maxErrorRate == 0.005 && read.gate?.maxP95 == .milliseconds(400))
        #expect(read.gate?.canaries.map(\.name) == ["kettle"] && read.gate?.canaries.first?.search == ["size": 1])
        #expect(read.gate?.canaries.first?.expect.hits == ["42"] && read.gate?.canaries.first?.expect.minimum == 3)
        #expect(read.gate?.canaries.first?.expect.isOrdered == true)
        #expect(read.gate?.load?.rate == 50 && read.gate?.load?.spike == 200 && read.gate?.load?.steps == [0.25, 1])
        #expect(read.watch?.duration == .seconds(300) && read.watch?.maxErrorRate == 0.03)
        #expect(read.guards.searchMaxP95 == .milliseconds(250) && read.guards.postgresMaxActiveSessions == 30)
        #expect(read.guards.postgresMaxReplicaLag == .seconds(5))
        #expect(read.retain.duration == .seconds(90 * 60) && read.retain.atLeast == 0)
    }

    @Test func `marks lead from PostgreSQL's position to the line in the file`() throws {
        let text =
            "alias: products\nbody: body.json\nsource:\n  key: id\n  query: |\n    select 'ä' a,\n      brnad\n    from p\n"
        let read = try mapping(text)
        guard case .query(let query) = read.source.rows else { throw WrongRows() }
        #expect(read.marks.lines["alias"] == 1 && read.marks.lines["source.query"] == 6)
        let position = query.unicodeScalars.count - "brnad\nfrom p\n".count + 1
        #expect(read.marks.line(ofCharacter: position, in: query, of: "source.query") == 7)
        #expect(read.marks.line(ofCharacter: 1, in: query, of: "source.query") == 6)
        #expect(read.marks.line(ofCharacter: nil, in: query, of: "source.query") == 6)
        #expect(read.marks.line(ofCharacter: 1, in: query, of: "source.nothing") == nil)
    }

    @Test(arguments: [
        ("query: \"select 1\\nas id\"", 3), ("query: select 1\n    as id", 3), ("query: >\n    select 1\n    as id", 4),
    ])
    func `a text that does not keep its line breaks is marked by its first line`(query: String, line: Int) throws {
        let read = try mapping("alias: products\nbody: body.json\nsource: \n  \(query)\n  key: id\n")
        guard case .query(let text) = read.source.rows else { throw WrongRows() }
        #expect(read.marks.line(ofCharacter: text.count, in: text, of: "source.query") == line + 1)
    }

    @Test(arguments: [
        ("{by: auto}", Mapping.CatchUpMethod.auto), ("{by: xmin}", .xmin), ("{by: content}", .content),
        ("{by: none}", .none),
        ("{changed_at: updated_at}", .changedAt("updated_at")), ("{by: changed_at, changed_at: a}", .changedAt("a")),
        ("{by: {changed_at: \"greatest(a, b)\"}}", .changedAt("greatest(a, b)")),
    ])
    func `catch_up takes each of its methods`(text: String, method: Mapping.CatchUpMethod) throws {
        #expect(try mapping(smallest + "catch_up: \(text)\n").catchUp == method)
    }

    @Test(arguments: [("none", 0.0), ("all", 1), ("1%", 0.01), ("0.5%", 0.005), ("100%", 1)])
    func `verify takes none, all and a sample`(text: String, share: Double) throws {
        #expect(try mapping(smallest + "verify: {content: \(text)}\n").verify.contentShare == share)
    }

    @Test func `a constant keeps its type`() throws {
        let fields =
            "document: {fields: {a: {value: 5}, b: {value: '5'}, c: {value: 1.5}, d: {value: yes}, e: {value: ~}}}\n"
        let read = try mapping(smallest + fields)
        #expect(
            read.document.fields.map(\.value) == [
                .constant(5), .constant("5"), .constant(.number(1.5)), .constant("yes"), .constant(.null),
            ])
    }

    @Test func `all mappings of a folder are read in the order of their names`() throws {
        let folder = try TemporaryMappings([
            "b.yaml": smallest, "a.yaml": "alias: a\nbody: body.json\nsource: {table: a, key: id}", "notes.txt": "",
            ".hidden.yaml": "",
        ])
        #expect(try folder.folder.names() == ["a", "b"])
        #expect(try folder.folder.all().map(\.alias) == ["a", "products"])
    }

    @Test func `the mappings of this repository are right`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../mappings").standardized
            .path
        #expect(try MappingFolder(path: path).all().map(\.name).contains("products"))
    }

    private struct WrongRows: Error {}

    private let complete = """
        # every key
        alias: products
        also: [shop-search, shop-suggest]
        body: body.json
        writers: versioned
        max_rejected: 7
        source:
          query: |
            select p.*
            from products p
          key: [tenant_id, id]
          snapshot_max_age: 20m
          readers: 3
          order: physical
        document:
          id: id
          routing: tenant_id
          version: revision
          nulls: keep
          strict_values: true
          omit: [lat, lon]
          fields:
            location: {geo_point: [lat, lon]}
            brand.name: brand
            kind: {value: {type: product, rank: 1, tags: [a, true, null]}}
          children:
            reviews:
              query: select tenant, product_id, body from reviews where (tenant, product_id) in (select * from unnest($1, $2))
              parent: [tenant, product_id]
        load: {replicas: keep, gzip: true, pipeline: enrich}
        catch_up: {changed_at: updated_at}
        verify: {content: all}
        gate:
          canaries: products.canaries.ndjson
          samples: 100
          max_error_rate: 0.5%
          max_p95: 400ms
          load: {rate: 50, spike: 200, steps: [25%, 100%]}
        watch: {for: 5m, max_error_rate: 3%, max_p95: 900ms}
        guard: {search: {max_p95: 250ms}, postgres: {max_active_sessions: 30, max_replica_lag: 5s}}
        retain: {for: 1h30m, at_least: 0}

        """
}
