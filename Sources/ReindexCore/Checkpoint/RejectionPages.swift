/// The rejected documents of a run, in 64 pages by a hash of their id: found again without a search, each document once.
///
/// Kept under `rejected-<run>-<00…3f>`.
package struct RejectionPages: Sendable {
    package static let pageCount = 64

    private var pages: [Int: [Rejection]] = [:]
    var versions: [Int: StoredVersion] = [:]

    package init() {}

    package static func id(run: String, page: Int) -> String {
        let hex = String(page, radix: 16)
        return "rejected-\(run)-" + (hex.count < 2 ? "0" + hex : hex)
    }

    package static func ids(run: String) -> [String] { (0..<pageCount).map { id(run: run, page: $0) } }

    package static func load(run: String, from store: any DocumentStore) async throws -> RejectionPages {
        let found = try await store.get(ids(run: run))
        var loaded = RejectionPages()
        for page in 0..<pageCount {
            guard let stored = found[id(run: run, page: page)] else { continue }
            loaded.pages[page] = try stored.json["rejections"]?.decode([Rejection].self) ?? []
            loaded.versions[page] = stored.version
        }
        return loaded
    }

    package var count: Int { pages.values.reduce(0) { $0 + $1.count } }

    package var all: [Rejection] {
        pages.values.flatMap { $0 }.sorted { ($0.key.first ?? $0.id ?? "") < ($1.key.first ?? $1.id ?? "") }
    }

    /// - Returns: the pages that changed.
    mutating func add(_ new: [Rejection]) -> [Int] {
        var changed: Set<Int> = []
        for rejection in new {
            let page = Self.page(of: rejection)
            var entries = pages[page] ?? []
            if let index = entries.firstIndex(where: { $0.isSameDocument(as: rejection) }) {
                guard entries[index] != rejection else { continue }
                entries[index] = rejection
            } else {
                entries.append(rejection)
            }
            pages[page] = entries
            changed.insert(page)
        }
        return changed.sorted()
    }

    /// What a later reading found is all that counts.
    /// - Returns: the pages that changed.
    mutating func replace(by new: [Rejection]) -> [Int] {
        let before = pages
        pages = [:]
        _ = add(new)
        return (0..<Self.pageCount).filter { (before[$0] ?? []) != (pages[$0] ?? []) }
    }

    /// Takes in what a holder before us wrote to a page since it was loaded; where both know a document, ours is newer.
    mutating func merge(_ stored: JSONValue, page: Int) throws {
        let ours = pages[page] ?? []
        let theirs = try stored["rejections"]?.decode([Rejection].self) ?? []
        pages[page] = ours + theirs.filter { their in !ours.contains { $0.isSameDocument(as: their) } }
    }

    func json(page: Int) throws -> JSONValue { ["rejections": try JSONValue(encoding: pages[page] ?? [])] }

    /// FNV-1a of the id, or of the key where there is no id.
    private static func page(of rejection: Rejection) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in (rejection.id ?? rejection.key.joined(separator: "\u{1}")).utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return Int(hash % UInt64(pageCount))
    }
}

extension Rejection {
    fileprivate func isSameDocument(as other: Rejection) -> Bool {
        id == other.id && routing == other.routing && (id != nil || key == other.key)
    }
}
