internal import ReindexCore

/// What EXPLAIN says of a statement.
struct QueryPlan {
    let rows: Int?
    let width: Int?
    /// Of all rows, in the planner's units.
    let cost: Double
    /// Whether nothing sorts on the way that the rows take, from the scan that they come from up to the cursor.
    let isWithoutSort: Bool
    /// Whether a node makes rows whose size no table bounds: aggregates, functions, foreign tables.
    let makesRowsOfAnySize: Bool
    /// The tables read.
    let tables: Set<Table>
    let lines: [String]

    struct Table: Hashable, Codable {
        let schema: String
        let name: String
    }

    /// Explains the query as the cursor that will read it: cursors have plans of their own, never parallel ones.
    static func ofCursor(
        _ query: WrappedQuery, _ parameters: [QueryParameter] = [], on connection: borrowing PostgresConnection
    ) throws(SourceError) -> QueryPlan {
        try explain(query.preceded(by: cursorPrefix), parameters, on: connection)
    }

    static func explain(
        _ query: WrappedQuery, _ parameters: [QueryParameter], on connection: borrowing PostgresConnection
    ) throws(SourceError) -> QueryPlan {
        let forms = ["explain (format json, verbose) ", "explain "]
        let found = try connection.runTogether(
            forms.map { Statement(query.preceded(by: $0), parameters) }, doing: doing)
        let (json, text) = (found[0], found[1])
        let lines = (0..<text.rowCount).compactMap { text.text($0, 0) }
        let parsed = try? JSONValue(parsing: [UInt8]((json.text(0, 0) ?? "").utf8))
        return QueryPlan(root: parsed?.array?.first?["Plan"] ?? .null, lines: lines)
    }

    private init(root: JSONValue, lines: [String]) {
        self.lines = lines
        rows = root["Plan Rows"]?.int
        width = root["Plan Width"]?.int
        cost = root["Total Cost"]?.double ?? 0
        isWithoutSort = !Self.sorts(root)
        var tables: Set<Table> = []
        var makesRows = false
        Self.visit(root) { node in
            if let schema = node["Schema"]?.string, let name = node["Relation Name"]?.string {
                tables.insert(Table(schema: schema, name: name))
            }
            if let type = node["Node Type"]?.string, Self.unboundedNodes.contains(type) { makesRows = true }
        }
        self.tables = tables
        makesRowsOfAnySize = makesRows
    }

    private static func sorts(_ node: JSONValue) -> Bool {
        if let type = node["Node Type"]?.string, type == "Sort" || type == "Incremental Sort" { return true }
        return (node["Plans"]?.array ?? []).contains { child in
            ["Outer", "Subquery", "Member"].contains(child["Parent Relationship"]?.string ?? "") && sorts(child)
        }
    }

    private static func visit(_ node: JSONValue, _ look: (JSONValue) -> Void) {
        look(node)
        for child in node["Plans"]?.array ?? [] { visit(child, look) }
    }

    private static let doing = "explaining the query"
    private static let cursorPrefix = "declare reindex_rows no scroll cursor for "
    private static let unboundedNodes: Set<String> = [
        "Aggregate", "WindowAgg", "Function Scan", "Table Function Scan", "ProjectSet", "Foreign Scan", "Custom Scan",
    ]
}
