/// What PostgreSQL says of the mapping's query before a row is read.
package struct SourceDescription: Sendable, Codable {
    package var columns: [Column]
    /// Indexes into `columns`, in the key's order.
    package var keyColumns: [Int]
    package var children: [ChildDescription]
    /// How it is known that the key is unique and not null.
    package var keyProof: KeyProof
    /// The planner's estimate; nil where it has none.
    package var estimatedRows: Int?
    /// The planner's estimate of a row's width, in bytes of PostgreSQL's own format.
    package var estimatedRowWidth: Int?
    /// Whether the keyset order comes from an index (EXPLAIN shows no Sort). A sort reads everything before the first row.
    package var isOrderedByIndex: Bool
    /// The plan's text, for `plan --json`.
    package var queryPlan: [String]
    /// Whether a row may be large (a table with a TOAST table that has pages): rows are then taken singly.
    package var hasLargeValues: Bool
    package var server: ServerDescription
    package var warnings: [String]
    /// The search for null keys did not come to its end. A range of keys holds no null: such a source is not cut.
    package var mayHoldNullKeys = false
    /// For `catch_up.changed_at`: how far back changes are looked for, as far as that can be proven.
    package var oldestTransaction: String?
    /// Whether its write-ahead log may be asked for its timeline: not of a replica, nor of servers without that log.
    package var tellsTimeline = false
    package var physicalReading: PhysicalReading = .impossible(reason: "it is not known to be one plain table")

    package init(
        columns: [Column], keyColumns: [Int], children: [ChildDescription], keyProof: KeyProof, estimatedRows: Int?,
        estimatedRowWidth: Int?, isOrderedByIndex: Bool, queryPlan: [String], hasLargeValues: Bool,
        server: ServerDescription, warnings: [String]
    ) {
        self.columns = columns
        self.keyColumns = keyColumns
        self.children = children
        self.keyProof = keyProof
        self.estimatedRows = estimatedRows
        self.estimatedRowWidth = estimatedRowWidth
        self.isOrderedByIndex = isOrderedByIndex
        self.queryPlan = queryPlan
        self.hasLargeValues = hasLargeValues
        self.server = server
        self.warnings = warnings
    }

    package enum KeyProof: Sendable, Codable, Hashable {
        /// A valid, complete unique index over NOT NULL columns.
        case uniqueIndex(String)
        /// Nulls by one EXISTS in `plan`; duplicates as equal neighbours while reading.
        case checkedWhileReading
    }
}

/// Whether the rows can be read block by block.
package enum PhysicalReading: Sendable, Codable, Hashable {
    case possible(TableExtent)
    case impossible(reason: String)

    package var fileNode: String? {
        guard case .possible(let extent) = self else { return nil }
        return extent.fileNode
    }

    /// How large the table is beside what the server may keep in memory.
    package struct TableExtent: Sendable, Codable, Hashable {
        package var byteCount: Int
        /// `effective_cache_size`.
        package var cacheByteCount: Int
        /// `pg_relation_filenode`: another one after VACUUM FULL, CLUSTER, TRUNCATE and most ALTER TABLEs.
        package var fileNode: String
        /// Of the key's first column, -1 … 1 (`pg_stats`); nil where that is not known.
        package var correlation: Double?

        package init(byteCount: Int, cacheByteCount: Int, fileNode: String, correlation: Double?) {
            self.byteCount = byteCount
            self.cacheByteCount = cacheByteCount
            self.fileNode = fileNode
            self.correlation = correlation
        }
    }
}

/// A child query's columns. `parentColumns` match the key, in its order, and are not repeated in the document.
package struct ChildDescription: Sendable, Codable {
    package var name: String
    package var columns: [Column]
    /// Indexes into `columns`; they are fetched with the types of the key's columns, so that bytes can be compared.
    package var parentColumns: [Int]

    package init(name: String, columns: [Column], parentColumns: [Int]) {
        self.name = name
        self.columns = columns
        self.parentColumns = parentColumns
    }
}

/// Which PostgreSQL answered. What cannot be read with SELECT rights alone is nil.
package struct ServerDescription: Sendable, Codable, Hashable {
    package var version: String
    package var versionNumber: Int
    package var database: String
    package var systemIdentifier: String?
    package var encoding: String
    package var isReplica: Bool
    /// The collation version of each text key column, by column name.
    package var collationVersions: [String: String]

    package init(
        version: String, versionNumber: Int, database: String, systemIdentifier: String?, encoding: String,
        isReplica: Bool, collationVersions: [String: String]
    ) {
        self.version = version
        self.versionNumber = versionNumber
        self.database = database
        self.systemIdentifier = systemIdentifier
        self.encoding = encoding
        self.isReplica = isReplica
        self.collationVersions = collationVersions
    }
}
