import Testing

@testable import ReindexCore

@Suite struct RejectionPagesTests {
    private func rejection(_ id: String?, routing: String? = nil, key: [String] = ["k"], _ reason: String = "r")
        -> Rejection
    { Rejection(id: id, routing: routing, key: key, type: "mapper_parsing_exception", reason: reason) }

    @Test func `the same document twice is one, and changes no page`() {
        var pages = RejectionPages()
        #expect(pages.add([rejection("a")]).count == 1)
        #expect(pages.add([rejection("a")]).isEmpty)
        #expect(pages.count == 1)
    }

    @Test func `the newest reason stays`() {
        var pages = RejectionPages()
        _ = pages.add([rejection("a", "old")])
        #expect(pages.add([rejection("a", "new")]).count == 1)
        #expect(pages.all.map(\.reason) == ["new"])
    }

    @Test func `one id with two routings is two documents`() {
        var pages = RejectionPages()
        _ = pages.add([rejection("a", routing: "x"), rejection("a", routing: "y"), rejection("a")])
        #expect(pages.count == 3)
    }

    @Test func `rows without an id are told apart by their key`() {
        var pages = RejectionPages()
        _ = pages.add([rejection(nil, key: ["1"]), rejection(nil, key: ["2"]), rejection(nil, key: ["1"])])
        #expect(pages.count == 2)
    }

    @Test func `a batch within one call is deduplicated and touches its pages alone`() {
        var pages = RejectionPages()
        let changed = pages.add((0..<500).map { rejection("id-\($0 % 100)") })
        #expect(pages.count == 100)
        #expect(Set(changed).count == changed.count && changed.allSatisfy { (0..<64).contains($0) })
        #expect(changed.count > 30, "64 pages, one hash: no page takes everything")
    }

    @Test func `what is stored is loaded again`() async throws {
        let store = ScriptedStore().for(.immortal)
        var pages = RejectionPages()
        for page in pages.add((0..<40).map { rejection("id-\($0)", key: ["\($0)"]) }) {
            let id = RejectionPages.id(run: "r", page: page)
            _ = try await store.put(id, try pages.json(page: page), expected: nil)
        }
        let loaded = try await RejectionPages.load(run: "r", from: store)
        #expect(Set(loaded.all) == Set(pages.all))
    }

    @Test func `page ids have two hexadecimal digits and are all different`() {
        let ids = RejectionPages.ids(run: "r")
        #expect(Set(ids).count == 64)
        #expect(ids.first == "rejected-r-00" && ids.last == "rejected-r-3f")
    }
}
