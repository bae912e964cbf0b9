/// Scrolls that are under way: each holds the hits that it began with.
struct Scrolls {
    struct Scroll {
        let search: Search
        let hits: [Hit]
        var place: Int
        /// Milliseconds since 1970.
        var expires: Int
    }

    private var scrolls: [Int: Scroll] = [:]
    private var lastID = 0

    mutating func add(_ scroll: Scroll) -> Int {
        lastID += 1
        scrolls[lastID] = scroll
        return lastID
    }

    /// The next hits of a scroll, which lives on for another while.
    mutating func next(_ id: Int, keptFor milliseconds: Int?, now: Int) -> (Scroll, ArraySlice<Hit>)? {
        scrolls = scrolls.filter { $0.value.expires > now }
        guard var scroll = scrolls[id] else { return nil }
        let page = scroll.hits[scroll.place...].prefix(scroll.search.request.size)
        scroll.place += page.count
        if let milliseconds { scroll.expires = now + milliseconds }
        scrolls[id] = scroll
        return (scroll, page)
    }

    /// - Returns: whether there was one.
    mutating func remove(_ id: Int) -> Bool { scrolls.removeValue(forKey: id) != nil }

    mutating func removeAll() -> Int {
        defer { scrolls = [:] }
        return scrolls.count
    }

    /// The text that stands for a scroll in answers.
    static func text(_ id: Int) -> String { "sandbox-scroll-\(id)" }

    static func id(_ text: String) throws(APIError) -> Int {
        guard text.hasPrefix("sandbox-scroll-"), let id = Int(text.dropFirst("sandbox-scroll-".count)) else {
            throw .illegalArgument(
                "Cannot parse scroll id", causedBy: APIError.cause("e_o_f_exception", "the text is too short"))
        }
        return id
    }
}
