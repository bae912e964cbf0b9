/// A mapping file, read and checked for itself: what the user asks for, before any server was asked.
///
/// The keys and their meaning are in `docs/mapping.md`. `marks` says where each came from.
package struct Mapping: Sendable, Hashable, Codable {
    /// The file's name without its ending: the NAME of the command.
    package var name: String
    package var alias: String
    /// More aliases that move together with `alias`.
    package var also: [String] = []
    package var body: IndexBody
    package var writers: Writers = .none
    package var maxRejected: Int = 0
    package var source: SourceRules
    package var document: DocumentRules = DocumentRules()
    package var load: LoadRules = LoadRules()
    package var catchUp: CatchUpMethod = .auto
    package var verify: VerifyRules = VerifyRules()
    package var gate: GateRules?
    package var watch: WatchRules?
    package var guards: GuardRules = GuardRules()
    package var retain: RetainRules = RetainRules()
    package var marks: SourceMarks

    package init(name: String, alias: String, body: IndexBody, source: SourceRules, marks: SourceMarks) {
        self.name = name
        self.alias = alias
        self.body = body
        self.source = source
        self.marks = marks
    }

    /// The index body file: settings and mappings as OpenSearch's manual writes them.
    package struct IndexBody: Sendable, Hashable, Codable {
        /// As the mapping names it, relative to the mapping file.
        package var path: String
        package var json: JSONValue

        package init(path: String, json: JSONValue) {
            self.path = path
            self.json = json
        }
    }

    /// Who else writes the index.
    package enum Writers: String, Sendable, Hashable, Codable, CaseIterable { case none, alias, versioned }

    package enum CatchUpMethod: Sendable, Hashable, Codable {
        case auto, xmin, content, none
        /// A column or SQL expression.
        case changedAt(String)
    }
}

/// `source:` of a mapping.
package struct SourceRules: Sendable, Hashable, Codable {
    package enum Rows: Sendable, Hashable, Codable {
        /// As written: `products` or `public.products`; quoted by the reader.
        case table(String)
        /// Wrapped, never edited.
        case query(String)
    }

    package enum Order: String, Sendable, Hashable, Codable, CaseIterable { case auto, key, physical }

    package var rows: Rows
    package var key: [String]
    package var snapshotMaxAge: Duration = .seconds(15 * 60)
    /// nil is `auto`.
    package var readers: Int?
    package var order: Order = .auto

    package init(rows: Rows, key: [String]) {
        self.rows = rows
        self.key = key
    }
}

/// `document:` of a mapping: how a row becomes a document.
package struct DocumentRules: Sendable, Hashable, Codable {
    /// Columns that make `_id`; empty is the key.
    package var id: [String] = []
    package var routing: String?
    package var version: String?
    package var keepsNulls = false
    package var strictValues = false
    /// Columns left out.
    package var omit: [String] = []
    /// In the file's order. A column that is named by none keeps its own name.
    package var fields: [FieldRule] = []
    package var children: [ChildRule] = []

    package init() {}

    package struct FieldRule: Sendable, Hashable, Codable {
        /// Dotted: each dot nests.
        package var name: String
        package var value: Value

        package init(name: String, value: Value) {
            self.name = name
            self.value = value
        }

        package enum Value: Sendable, Hashable, Codable {
            case column(String)
            case geoPoint(latitude: String, longitude: String)
            case constant(JSONValue)
        }
    }

    /// Has-many without a join: `query` has `$1` (`$2` …), one array of the batch's keys for each key column.
    package struct ChildRule: Sendable, Hashable, Codable {
        package var name: String
        package var query: String
        /// The child's columns that hold the parent's key, in the key's order.
        package var parent: [String]

        package init(name: String, query: String, parent: [String]) {
            self.name = name
            self.query = query
            self.parent = parent
        }
    }
}

package struct LoadRules: Sendable, Hashable, Codable {
    package enum Gzip: String, Sendable, Hashable, Codable { case auto, on, off }

    /// nil is `keep`.
    package var replicas: Int? = 0
    package var gzip: Gzip = .auto
    /// nil is `_none`.
    package var pipeline: String?

    package init() {}
}

package struct VerifyRules: Sendable, Hashable, Codable {
    /// 0 is none, 1 is all, between them a sample.
    package var contentShare: Double = 0

    package init() {}
}

package struct GateRules: Sendable, Hashable, Codable {
    /// As the mapping names it, relative to the mapping file.
    package var canariesPath: String
    package var canaries: [Canary] = []
    package var samples = 200
    package var maxErrorRate = 0.01
    package var maxP95: Duration = .milliseconds(500)
    package var load: Load?
    /// Segments a shard that the new index is merged to before it is tried; nil leaves it as it is.
    package var mergesTo: Int?
    /// Searches of each canary that are made before any is counted; nil is one.
    package var warmUp: Int?

    package init(canariesPath: String) { self.canariesPath = canariesPath }

    package struct Load: Sendable, Hashable, Codable {
        package var rate = 100
        package var spike = 500
        package var steps = [0.1, 0.5, 1.0]

        package init() {}
    }
}

package struct WatchRules: Sendable, Hashable, Codable {
    package var duration: Duration = .seconds(600)
    package var maxErrorRate = 0.02
    package var maxP95: Duration = .milliseconds(1000)

    package init() {}
}

package struct GuardRules: Sendable, Hashable, Codable {
    package var searchMaxP95: Duration?
    package var postgresMaxActiveSessions: Int?
    package var postgresMaxReplicaLag: Duration?

    package init() {}
}

package struct RetainRules: Sendable, Hashable, Codable {
    package var duration: Duration = .seconds(48 * 3600)
    package var atLeast = 1

    package init() {}
}

/// Where the keys of a mapping file stand, so that a later error can name its line.
package struct SourceMarks: Sendable, Hashable, Codable {
    /// As the user would type it: `mappings/products.yaml`.
    package var file: String
    /// Lines from 1, by dotted key: `source.query`. For a block scalar: the line of its first character.
    package var lines: [String: Int]
    /// Keys whose text keeps the file's line breaks (`|`), so that a place in the text has a line of its own.
    package var literalKeys: Set<String>

    package init(file: String, lines: [String: Int], literalKeys: Set<String> = []) {
        self.file = file
        self.lines = lines
        self.literalKeys = literalKeys
    }

    /// The line of a place in a key's text, such as PostgreSQL's position in `source.query`.
    /// - Parameter position: In characters (Unicode scalars, as PostgreSQL counts them) from 1; nil is the text's beginning.
    /// - Returns: The line from 1; the key's own where its text does not keep the file's line breaks; nil for a key without a mark.
    package func line(ofCharacter position: Int?, in text: String, of key: String) -> Int? {
        guard let first = lines[key] else { return nil }
        guard let position, literalKeys.contains(key) else { return first }
        return first + text.unicodeScalars.prefix(max(0, position - 1)).count { $0 == "\n" }
    }
}
