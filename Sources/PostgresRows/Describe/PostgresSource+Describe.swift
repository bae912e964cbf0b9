internal import ReindexCore

extension PostgresSource {
    func describeBlocking() throws(SourceError) -> SourceDescription {
        let connection = try PostgresConnection.open(settings)
        try ServerDescription.check(connection)
        let tellsTimeline = Snapshot.tellsTimeline(connection)
        try snapshot.begin(on: connection)
        let shape = try shape(on: connection)
        var server = try ServerDescription.read(on: connection)
        for (index, collation) in shape.collations {
            server.collationVersions[shape.rows.columns[shape.rows.keyColumns[index]].name] = collation.description
        }
        let plan = try QueryPlan.ofCursor(shape.rows.all, on: connection)
        var plans = [plan]
        let noKeys = shape.rows.keyTypes.indices.map { shape.rows.keyArray(of: $0, values: []) }
        for child in shape.children {
            plans.append(try QueryPlan.explain(child.statement, noKeys, on: connection))
        }
        var oldestTransaction: String?
        if let changedAt {
            try checkChangedAt(changedAt, shape.rows, on: connection)
            oldestTransaction = try snapshot.oldestTransaction(on: connection)
        }
        let statistics = try TableStatistics.read(
            plans.reduce(into: []) { $0.formUnion($1.tables) }, on: connection)
        let facts = Facts(
            isReplica: server.isReplica,
            collations: Array(shape.collations.values), neverAnalyzed: statistics.neverAnalyzed)
        var warnings = facts.warnings
        let keyProof: SourceDescription.KeyProof
        let physicalReading = try PhysicalReading.read(
            shape.table, key: shape.rows.keyColumns.first.map { shape.rows.columns[$0].name } ?? "", server: server,
            on: connection)
        var mayHoldNullKeys = false
        if let table = shape.table {
            keyProof = try .read(table, key: rules.key, on: connection)
        } else {
            keyProof = .checkedWhileReading
            // Last, because a time-out ends the transaction.
            let unchecked = try checkForNullKeys(shape.rows, on: connection)
            mayHoldNullKeys = !unchecked.isEmpty
            warnings += unchecked
        }
        var source = SourceDescription(
            columns: shape.rows.columns, keyColumns: shape.rows.keyColumns, children: shape.children.map(\.description),
            keyProof: keyProof, estimatedRows: plan.rows, estimatedRowWidth: plan.width,
            isOrderedByIndex: plan.isWithoutSort, queryPlan: plan.lines,
            hasLargeValues: statistics.hasLargeValues || plans.contains(where: \.makesRowsOfAnySize),
            server: server, warnings: warnings)
        source.mayHoldNullKeys = mayHoldNullKeys
        source.physicalReading = physicalReading
        source.tellsTimeline = tellsTimeline
        source.oldestTransaction = oldestTransaction
        return source
    }

    /// The words are the server's, about the mapping's expression.
    private func checkChangedAt(
        _ expression: String, _ rows: RowSelect, on connection: borrowing PostgresConnection
    ) throws(SourceError) {
        let range = KeyRange(
            start: .beginning, through: nil,
            selection: .changed(.time(expression: expression, timestamp: "2000-01-01 00:00:00+00")))
        do throws(SourceError) {
            _ = try QueryPlan.ofCursor(rows.ordered(range), rows.parameters(range), on: connection)
        } catch {
            throw SourceError(
                .unsupported, doing: "trying catch_up.changed_at", message: error.message, sqlState: error.sqlState,
                hint: "a column or expression of the query's columns, of a type that a timestamp compares with")
        }
    }

    /// - Returns: a warning where the server ended the search.
    private func checkForNullKeys(
        _ rows: RowSelect, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> [String] {
        let doing = "looking for null keys"
        do throws(SourceError) {
            let found = try connection.run(Statement(rows.nullKey), doing: doing)
            guard found.isTrue(0, 0) else { return [] }
        } catch {
            guard error.kind == .cancelled else { throw error }
            return ["the server ended the search for null keys (\(error.message)): a null key will end the run"]
        }
        let names = rows.keyColumns.map { rows.columns[$0].name }.joined(separator: ", ")
        throw SourceError(
            .key(names), doing: doing, message: "the query yields rows whose key is null",
            hint: "leave them out with a condition: where … is not null")
    }

    /// What a person should hear of before a run.
    private struct Facts {
        let isReplica: Bool
        let collations: [KeyCollation]
        let neverAnalyzed: [String]

        var warnings: [String] {
            var warnings: [String] = []
            if isReplica {
                warnings.append(
                    "this is a replica: what it has not replayed yet is not read, and it may end long reads")
            }
            if !neverAnalyzed.isEmpty {
                let tables = neverAnalyzed.joined(separator: ", ")
                warnings.append("never analyzed, so the number of rows is a guess: \(tables)")
            }
            for collation in collations where collation.hasChanged {
                warnings.append(
                    "collation \(collation.name) has changed since indexes were built with it (\(collation.recordedVersion ?? "")"
                        + " then, \(collation.actualVersion ?? "") now): REINDEX them, or rows may be missed")
            }
            return warnings
        }
    }
}
