package import ReindexCore

/// The rows of statements, read from a socket at whose other end anything may be: for what feeds it foreign bytes.
package enum WireReading {
    /// - Parameter statements: how many are read, each up to its end, as long as none fails.
    /// - Returns: the rows of each.
    package static func rows(from socket: Int32, statements: Int) throws(SourceError) -> [any RowStorage] {
        let channel = WireChannel(socket: socket)
        let query = WrappedQuery(prefix: "", text: "", suffix: "")
        var found: [any RowStorage] = []
        for _ in 0..<statements { found.append(try channel.answer(to: query, doing: "reading")) }
        return found
    }
}
