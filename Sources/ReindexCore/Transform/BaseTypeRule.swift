/// The rules of PostgreSQL's base types and of the extensions' types that are known, by `pg_type.typname`.
enum BaseTypeRule {
    static func rule(named name: String) -> ColumnRule? {
        scalarRule(named: name) ?? arrayRule(named: name) ?? textRule(named: name)
    }

    /// OpenSearch's range types for bounds of this form.
    static func rangeFieldTypes(for bound: ValueShape) -> [String] {
        guard case .scalar(let form) = bound else { return ["object"] }
        return switch form {
        case .int2, .int4: ["integer_range", "long_range"]
        case .int8, .uint32: ["long_range"]
        case .float4, .float8, .numeric: ["double_range", "float_range"]
        case .date, .timestamp, .timestamptz: ["date_range"]
        case .inet: ["ip_range"]
        default: ["object"]
        }
    }

    private static func scalarRule(named name: String) -> ColumnRule? {
        guard let (form, description, fieldTypes) = scalar(named: name) else { return nil }
        return ColumnRule(description: description, fieldTypes: fieldTypes, shape: .scalar(form))
    }

    private static func scalar(named name: String) -> (ScalarForm, String, [String])? {
        switch name {
        case "bool": (.bool, "boolean", ["boolean"])
        case "int2": (.int2, "integer", ["short", "integer", "long"])
        case "int4": (.int4, "integer", ["integer", "long"])
        case "int8": (.int8, "integer", ["long"])
        case "oid", "xid", "cid": (.uint32, "integer", ["long"])
        case "xid8": (.uint64, "integer", ["unsigned_long"])
        case "float4": (.float4, "number", ["float", "double"])
        case "float8": (.float8, "number", ["double"])
        case "numeric": (.numeric, "number (exact digits)", ["scaled_float", "double", "keyword"])
        case "text", "varchar", "bpchar", "citext", "xml", "refcursor", "pg_node_tree", "cstring", "unknown":
            (.text, "string", ["text", "keyword"])
        case "name": (.text, "string", ["keyword"])
        case "char": (.byteCharacter, "string", ["keyword"])
        case "ltree", "lquery", "ltxtquery", "jsonpath": (.versionedText, "string", ["keyword"])
        case "uuid": (.uuid, "string", ["keyword"])
        case "bytea": (.bytea, "string (base64)", ["binary"])
        case "date": (.date, "string (ISO 8601)", ["date"])
        case "timestamp": (.timestamp, "string (ISO 8601)", ["date", "date_nanos"])
        case "timestamptz": (.timestamptz, "string (ISO 8601, UTC)", ["date", "date_nanos"])
        case "time", "timetz":
            (name == "time" ? .time : .timetz, "string (ISO 8601)", ["keyword", "date with a format"])
        case "interval": (.interval, "string (ISO 8601)", ["keyword"])
        case "json": (.json, "JSON, checked", ["object", "flat_object", "nested"])
        case "jsonb": (.jsonb, "JSON", ["object", "flat_object", "nested"])
        case "inet": (.inet, "string", ["ip", "ip_range", "keyword"])
        case "cidr": (.inet, "string", ["ip_range", "keyword"])
        case "macaddr", "macaddr8": (.macaddr, "string", ["keyword"])
        case "bit", "varbit": (.bits, "string of 0 and 1", ["keyword"])
        case "tid": (.tid, "string", ["keyword"])
        case "pg_lsn": (.lsn, "string", ["keyword"])
        case "point": (.point, "string (WKT)", ["geo_point", "xy_point", "geo_shape", "xy_shape"])
        case "lseg": (.lseg, "string (WKT)", ["geo_shape", "xy_shape"])
        case "path": (.path, "string (WKT)", ["geo_shape", "xy_shape"])
        case "box": (.box, "string (WKT)", ["geo_shape", "xy_shape"])
        case "polygon": (.polygon, "string (WKT)", ["geo_shape", "xy_shape"])
        case "line": (.line, "object {a, b, c}", ["object"])
        case "circle": (.circle, "object {x, y, radius}", ["object"])
        case "hstore": (.hstore, "object of strings", ["flat_object", "object"])
        case "vector": (.vector, "array of number", ["knn_vector", "float"])
        case "halfvec": (.halfvec, "array of number", ["knn_vector", "float"])
        default: nil
        }
    }

    private static func arrayRule(named name: String) -> ColumnRule? {
        switch name {
        case "int2vector": ColumnRule(for: .array(of: .base("int2")))
        case "oidvector": ColumnRule(for: .array(of: .base("oid")))
        default: nil
        }
    }

    /// Types whose binary form says less than their text, or that have none.
    private static func textRule(named name: String) -> ColumnRule? {
        switch name {
        case "money":
            // Its bytes do not say how many of its digits are a fraction: that is lc_monetary's.
            ColumnRule(
                fetchCast: "numeric", description: "number (exact digits)",
                fieldTypes: ["scaled_float", "double", "keyword"], shape: .scalar(.numeric))
        case "tsvector", "tsquery", "gtsvector", "aclitem", "regproc", "regprocedure", "regoper", "regoperator",
            "regclass", "regtype", "regrole", "regnamespace", "regcollation", "regconfig", "regdictionary",
            "pg_snapshot", "txid_snapshot", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "pg_brin_bloom_summary",
            "pg_brin_minmax_multi_summary":
            ColumnRule(
                fetchCast: "text", description: "string (PostgreSQL's text form)", fieldTypes: ["keyword", "text"],
                shape: .scalar(.text))
        default: nil
        }
    }
}
