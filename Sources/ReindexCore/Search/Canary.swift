/// A search with a known outcome: what the gate, the watch and the guard are made of. A line of the canary file.
package struct Canary: Sendable, Hashable, Codable {
    package var name: String
    /// The body of `_search`.
    package var search: JSONValue
    package var expect = Expectation()

    package struct Expectation: Sendable, Hashable, Codable {
        /// `_id`s that have to be among the hits.
        package var hits: [String] = []
        /// They are the first hits, in this order.
        package var isOrdered = false
        /// The least total of hits.
        package var minimum: Int?

        package init() {}
    }

    package init(name: String, search: JSONValue) {
        self.name = name
        self.search = search
    }

    /// What is wrong with an answer; nil where it is as expected.
    func complaint(about reply: SearchReply) -> String? {
        if let minimum = expect.minimum, reply.total < minimum {
            return "\(reply.total) hits, at least \(minimum) are expected"
        }
        if expect.isOrdered {
            let first = Array(reply.ids.prefix(expect.hits.count))
            return first == expect.hits
                ? nil
                : "the first hits are \(first.joined(separator: ", ")), not \(expect.hits.joined(separator: ", "))"
        }
        let absent = expect.hits.filter { !reply.ids.contains($0) }
        return absent.isEmpty ? nil : "\(absent.joined(separator: ", ")) not among the hits"
    }
}

/// What a search brought.
package struct SearchReply: Sendable, Hashable {
    package var ids: [String]
    /// Exact: canaries are asked with `track_total_hits`.
    package var total: Int

    package init(ids: [String], total: Int) {
        self.ids = ids
        self.total = total
    }
}

/// Searches as the application does. Implemented by `OpenSearchIndex`, with connections of its own.
package protocol CanarySearcher: Sendable {
    /// - Parameter index: or an alias.
    /// - Throws: also where a shard failed, or the search timed out.
    func search(_ index: String, _ body: JSONValue) async throws(TargetError) -> SearchReply
}
