internal import ReindexCore

/// What `pg_type` says of the types that a query's columns are made of, read level by level down to their parts.
struct TypeCatalog {
    private var rows: [TypeOID: TypeRow] = [:]
    private var fields: [TypeOID: [ResultColumn]] = [:]

    /// A row of `pg_type` with what belongs to it.
    struct TypeRow {
        let name: String
        /// `b`, `c`, `d`, `e`, `m`, `p`, `r`: base, composite, domain, enum, multirange, pseudo-type, range.
        let kind: String
        let base: TypeOID
        let element: TypeOID
        /// The type of the range's bounds.
        let bound: TypeOID
        let relation: TypeOID
        /// The type of arrays of this one; 0 where there is none.
        let array: TypeOID
        /// As SQL that casts to it, without a length.
        let sqlName: String
        let isBuiltIn: Bool
        let isTrueArray: Bool
        let isOfExtension: Bool
    }

    /// Reads these types and all their parts.
    mutating func load(_ types: some Sequence<TypeOID>, on connection: borrowing PostgresConnection) throws(SourceError)
    {
        var wanted = Set(types).subtracting(rows.keys)
        wanted.remove(.inferred)
        while !wanted.isEmpty {
            let found = try connection.run(Statement(Self.typeQuery, [.oids(wanted)]), doing: Self.doing)
            var parts: Set<TypeOID> = []
            for index in 0..<found.rowCount {
                let row = Self.typeRow(found, index)
                rows[Self.oid(found, index, 0)] = row
                parts.formUnion([row.base, row.bound])
                if row.isTrueArray { parts.insert(row.element) }
            }
            let composites = wanted.compactMap { rows[$0]?.kind == "c" ? rows[$0]?.relation : nil }
            if !composites.isEmpty {
                let found = try connection.run(Statement(Self.fieldQuery, [.oids(composites)]), doing: Self.doing)
                for index in 0..<found.rowCount {
                    let field = ResultColumn(name: found.text(index, 1) ?? "", type: Self.oid(found, index, 2))
                    fields[Self.oid(found, index, 0), default: []].append(field)
                    parts.insert(field.type)
                }
            }
            wanted = parts.subtracting(rows.keys)
            wanted.remove(.inferred)
        }
    }

    /// The type with everything that it is made of; loaded before.
    func type(_ oid: TypeOID) -> PostgresType {
        guard let row = rows[oid] else { return .base("oid \(oid.number)") }
        let name = row.isBuiltIn || row.isOfExtension ? row.name : row.sqlName
        switch row.kind {
        case "d": return .domain(name, over: type(row.base))
        case "e": return .enumeration(name)
        case "r": return .range(name, of: type(row.bound))
        case "m": return .multirange(name, of: type(row.bound))
        case "c": return .composite(name, fields: columns(fields[row.relation] ?? []))
        default: return row.isTrueArray ? .array(of: type(row.element)) : .base(name)
        }
    }

    func columns(_ columns: [ResultColumn]) -> [Column] { columns.map { Column(name: $0.name, type: type($0.type)) } }

    /// The type with its domains taken off.
    func underlying(_ oid: TypeOID) -> TypeOID {
        guard let row = rows[oid], row.kind == "d" else { return oid }
        return underlying(row.base)
    }

    subscript(oid: TypeOID) -> TypeRow? { rows[oid] }

    private static let doing = "reading the types of the columns"

    private static func oid(_ rows: ResultRows, _ row: Int, _ column: Int) -> TypeOID {
        TypeOID(rows.text(row, column).flatMap { UInt32($0) } ?? 0)
    }

    private static func typeRow(_ rows: ResultRows, _ row: Int) -> TypeRow {
        TypeRow(
            name: rows.text(row, 1) ?? "", kind: rows.text(row, 2) ?? "b", base: oid(rows, row, 3),
            element: oid(rows, row, 4), bound: oid(rows, row, 5), relation: oid(rows, row, 6), array: oid(rows, row, 7),
            sqlName: rows.text(row, 8) ?? "", isBuiltIn: rows.isTrue(row, 9), isTrueArray: rows.isTrue(row, 10),
            isOfExtension: rows.isTrue(row, 11))
    }

    // `int2vector` and `point` have an element too; an array type is what its element names as its own.
    private static let typeQuery = """
        select t.oid, t.typname, t.typtype, t.typbasetype, t.typelem,
            coalesce(r.rngsubtype, m.rngsubtype, 0::pg_catalog.oid), t.typrelid, t.typarray,
            pg_catalog.format_type(t.oid, -1), n.nspname = 'pg_catalog',
            exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid),
            exists (select from pg_catalog.pg_depend d
                where d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e')
        from pg_catalog.pg_type t
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        left join pg_catalog.pg_range r on r.rngtypid = t.oid
        left join pg_catalog.pg_range m on m.rngmultitypid = t.oid
        where t.oid = any($1::pg_catalog.oid[])
        """

    private static let fieldQuery = """
        select a.attrelid, a.attname, a.atttypid from pg_catalog.pg_attribute a
        where a.attrelid = any($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped
        order by a.attrelid, a.attnum
        """
}
