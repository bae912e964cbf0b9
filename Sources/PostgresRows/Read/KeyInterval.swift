internal import ReindexCore

/// Which keys lie between two others: the server is asked, for it alone knows the order of a collation.
struct KeyInterval {
    let shape: SourceShape
    let first: [String]
    let last: [String]

    private static let doing = "comparing keys"

    /// - Parameter keys: a text for each column.
    func holds(_ keys: [[String]], on connection: borrowing PostgresConnection) throws(SourceError) -> [Bool] {
        guard !keys.isEmpty else { return [] }
        var names: [String] = []
        for index in shape.rows.keyColumns.indices {
            var name = "k\(index)"
            if shape.collations[index] != nil {
                let found = try connection.run(Statement(shape.rows.collation(ofKey: index)), doing: Self.doing)
                if let collation = found.text(0, 0) { name += " collate \(collation)" }
            }
            names.append(name)
        }
        return try holds(keys[...], query(names), on: connection)
    }

    /// All at once; where one of them is no value of its type, each half by itself.
    private func holds(
        _ keys: ArraySlice<[String]>, _ query: String, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> [Bool] {
        let types = shape.rows.keyTypes
        let ends = zip(first + last, types + types).map { QueryParameter.text($0, type: $1) }
        let arrays = shape.rows.keyArrayTypes.enumerated().map { index, type in
            QueryParameter.text(Self.array(keys.map { $0[index] }), type: type)
        }
        do throws(SourceError) {
            let found = try connection.run(Statement(query, ends + arrays), doing: Self.doing)
            return (0..<found.rowCount).map { found.isTrue($0, 0) }
        } catch {
            // Class 22, "data exception".
            guard error.sqlState?.hasPrefix("22") == true else { throw error }
            guard keys.count > 1 else { return [false] }
            let middle = keys.startIndex + keys.count / 2
            return try holds(keys[..<middle], query, on: connection) + holds(keys[middle...], query, on: connection)
        }
    }

    private func query(_ names: [String]) -> String {
        let count = names.count
        let list = names.joined(separator: ", ")
        func parameters(_ first: Int) -> String { (first..<first + count).map { "$\($0)" }.joined(separator: ", ") }
        let arrays = (2 * count + 1...3 * count).map { "pg_catalog.unnest($\($0))" }.joined(separator: ", ")
        let columns = names.indices.map { "k\($0)" }.joined(separator: ", ")
        return """
            select (\(list)) >= (\(parameters(1))) and (\(list)) <= (\(parameters(count + 1)))
            from rows from (\(arrays)) with ordinality as keys(\(columns), n) order by n
            """
    }

    private static func array(_ texts: [String]) -> String {
        let quoted = texts.map { text -> String in
            var quoted = "\""
            for character in text.unicodeScalars {
                if character == "\"" || character == "\\" { quoted += "\\" }
                quoted.unicodeScalars.append(character)
            }
            return quoted + "\""
        }
        return "{" + quoted.joined(separator: ",") + "}"
    }
}
