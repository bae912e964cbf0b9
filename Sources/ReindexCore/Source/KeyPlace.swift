internal import FoundationEssentials

/// A place in the order that rows are read in: the key columns' values of one row, in PostgreSQL's binary format; in the
/// physical order the row's `ctid` (see ``TupleID``).
///
/// Binary because it comes back as a query parameter of the same type without loss, whatever the type. `text` is for people.
package struct KeyPlace: Sendable, Hashable {
    /// One value a key column, never null; or the one `ctid`.
    package let values: [[UInt8]]
    /// The same for people: `["4011"]`.
    package let text: [String]

    package init(values: [[UInt8]], text: [String]) {
        self.values = values
        self.text = text
    }
}

extension KeyPlace: Codable {
    private enum CodingKeys: String, CodingKey { case values, text }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        values = try container.decode([Data].self, forKey: .values).map { [UInt8]($0) }
        text = try container.decode([String].self, forKey: .text)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(values.map { Data($0) }, forKey: .values)
        try container.encode(text, forKey: .text)
    }
}
