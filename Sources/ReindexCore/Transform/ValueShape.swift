/// What a value's bytes in PostgreSQL's binary format are made of, and with that the JSON that it becomes.
///
/// Compiled into a flat list of steps before the first row; see `EncodingStep`.
package indirect enum ValueShape: Sendable, Hashable {
    case scalar(ScalarForm)
    /// array_send: any number of dimensions, elements may be null.
    case array(of: ValueShape)
    /// range_send.
    case range(of: ValueShape)
    /// multirange_send, of the range's bounds.
    case multirange(of: ValueShape)
    /// record_send.
    case composite([Member])

    package struct Member: Sendable, Hashable {
        package let name: String
        package let shape: ValueShape
    }
}

/// The binary forms of values that hold no other type's value. Source: the `*_send` functions of PostgreSQL.
package enum ScalarForm: UInt8, Sendable, Hashable, CaseIterable {
    case bool, int2, int4, int8
    /// oid, xid, cid.
    case uint32
    /// xid8.
    case uint64
    case float4, float8, numeric
    /// Bytes that are the text itself.
    case text
    /// The one-byte type `"char"`.
    case byteCharacter
    /// A version byte, then text: ltree, jsonpath.
    case versionedText
    case uuid, bytea
    case date, time, timetz, timestamp, timestamptz, interval
    case json, jsonb
    /// inet and cidr.
    case inet
    /// Six or eight bytes.
    case macaddr
    /// bit and varbit.
    case bits
    case tid, lsn
    case point, lseg, path, box, polygon, line, circle
    case hstore
    /// pgvector's vector and halfvec.
    case vector, halfvec
}
