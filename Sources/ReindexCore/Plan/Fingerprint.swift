/// What a run was planned from, field by field in canonical form: a resume goes on only where each is still the same.
///
/// Two kinds of change are kept apart: of what was asked (mapping, body), and of the world (columns, cluster, database).
package struct Fingerprint: Sendable, Hashable, Codable {
    /// By field name as a person knows it (`source.query`, `columns`, `cluster`), sorted when shown.
    package var fields: [String: String]

    package init(fields: [String: String]) { self.fields = fields }

    package init(from decoder: any Decoder) throws { fields = try [String: String](from: decoder) }

    package func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }

    package struct Difference: Sendable, Hashable, Codable {
        package let field: String
        package let before: String
        package let now: String
    }

    /// The fields in which `now` is not the same, sorted by name.
    package func differences(to now: Fingerprint) -> [Difference] {
        Set(fields.keys).union(now.fields.keys).sorted().compactMap { field in
            let (before, after) = (fields[field] ?? "(none)", now.fields[field] ?? "(none)")
            return before == after ? nil : Difference(field: field, before: before, now: after)
        }
    }
}

extension Fingerprint {
    /// Grows when the same row would become other bytes.
    package static let encodingRevision = 1

    package init(mapping: Mapping, source: SourceDescription, cluster: ClusterDescription) {
        var fields = [
            "source.key": mapping.source.key.joined(separator: ", "),
            "columns": Self.text(source.columns),
            "cluster": cluster.uuid,
            "database": source.server.systemIdentifier.map { "\($0)/\(source.server.database)" }
                ?? source.server.database,
            "encoding": source.server.encoding,
            "encoding revision": String(Self.encodingRevision),
            "writers": mapping.writers.rawValue,
        ]
        switch mapping.source.rows {
        case .table(let table): fields["source.table"] = table
        case .query(let query): fields["source.query"] = query
        }
        if let pipeline = mapping.load.pipeline { fields["load.pipeline"] = pipeline }
        for child in source.children { fields["columns of \(child.name)"] = Self.text(child.columns) }
        for (column, version) in source.server.collationVersions { fields["collation of \(column)"] = version }
        fields.merge(Self.leaves(of: mapping.body.json, at: "body")) { $1 }
        fields.merge(Self.fields(of: mapping.document)) { $1 }
        self.init(fields: fields)
    }

    private static func text(_ columns: [Column]) -> String {
        columns.map { "\($0.name) \($0.type.displayName)" }.joined(separator: ", ")
    }

    /// `body.mappings.properties.title.type` = `"text"`: one entry a leaf, so that a difference names its place.
    private static func leaves(of value: JSONValue, at path: String) -> [String: String] {
        guard case .object(let members) = value, !members.isEmpty else {
            return [path: String(decoding: value.bytes, as: UTF8.self)]
        }
        return members.reduce(into: [:]) { leaves, member in
            leaves.merge(Self.leaves(of: member.value, at: path + "." + member.key)) { $1 }
        }
    }

    private static func fields(of rules: DocumentRules) -> [String: String] {
        var fields = [
            "document.id": rules.id.isEmpty ? "the key" : rules.id.joined(separator: ", "),
            "document.routing": rules.routing ?? "none", "document.version": rules.version ?? "none",
            "document.nulls": rules.keepsNulls ? "keep" : "omit", "document.strict_values": String(rules.strictValues),
            "document.omit": rules.omit.sorted().joined(separator: ", "),
        ]
        for field in rules.fields {
            fields["document.fields.\(field.name)"] =
                switch field.value {
                case .column(let column): "column \(column)"
                case .geoPoint(let latitude, let longitude): "geo_point [\(latitude), \(longitude)]"
                case .constant(let value): "value \(String(decoding: value.bytes, as: UTF8.self))"
                }
        }
        for child in rules.children {
            fields["document.children.\(child.name)"] = "\(child.parent.joined(separator: ", ")): \(child.query)"
        }
        return fields
    }
}

extension Fingerprint {
    /// 16 hexadecimal digits that differ where a field differs: for `_meta`, where the whole would be large. FNV-1a.
    package var digest: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for (field, value) in fields.sorted(by: { $0.key < $1.key }) {
            for byte in "\(field)\u{0}\(value)\u{1}".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        let hex = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }
}

extension GateRules {
    /// The same for a gate and its canaries, which are no part of a fingerprint: a closed gate is remembered by it.
    package var digest: String {
        let text = (try? JSONValue(encoding: self)).map { String(decoding: $0.bytes, as: UTF8.self) }
        return Fingerprint(fields: ["gate": text ?? ""]).digest
    }
}
