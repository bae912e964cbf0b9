/// A type, random values of it in SQL (`i` is the row's number), and the JSON that they should become.
struct TypeSample {
    let name: String
    let type: String
    let random: String
    /// In SQL, of type jsonb, from the column.
    let expected: String

    /// - Parameter expected: with `$` for the column.
    init(_ type: String, _ random: String, expected: String = "to_jsonb($)", name: String? = nil) {
        let name = name ?? type
        self.name = name
        self.type = type
        self.random = random
        self.expected = expected.replacing("$", with: "\"\(name)\"")
    }

    private static let text = """
        (select coalesce(string_agg(chr((array[34,92,10,9,13,8,12,1,31,8232,128640,65,97,233,127,47,32])
          [1 + floor(random() * 17)::int]), ''), '') from generate_series(1, (random() * 40)::int + i * 0))
        """
    private static let int4 = "((random() * 2 - 1) * 2147483647)::int4"
    private static let numeric = "((random() - 0.5) * power(10, floor(random() * 30)))::numeric(60, 9)"
    private static let address = "('10.' || floor(random() * 256) || '.' || floor(random() * 256) || '.7')"
    private static let address6 = """
        (select string_agg(case when random() < 0.4 then '0' else to_hex(floor(random() * 65536)::int) end, ':')
          from generate_series(1, 8 + i * 0))
        """
    private static let float = "((random() - 0.5) * power(10, floor(random() * 40) - 20))"
    private static let day = "(date '0001-01-01' + floor(random() * 3652058)::int)"
    private static let time = "make_time(floor(random() * 24)::int, floor(random() * 60)::int, random() * 59)"

    static let setUp = """
        create extension hstore; create extension ltree; create extension citext;
        create type mood as enum ('sad', 'o"k', 'glücklich');
        create domain positive as int check (value > 0);
        create domain words as text[];
        create type pair as (a int, "b""c" text, d numeric[]);
        create type deep as (p pair, m mood[], j jsonb);
        create type textrange as range (subtype = text, collation = "C");
        -- A float as we write it: with a fraction or an exponent.
        create function f(v float8) returns text language sql as
          $$ select case when v::text ~ '[.e]' then v::text else v::text || '.0' end $$;
        create function p(v point) returns text language sql as $$ select f(v[0]) || ' ' || f(v[1]) $$;
        create function stamp(v timestamp) returns jsonb language sql as $$
          select case when not isfinite(v) or v < '0001-01-01' then 'null'::jsonb
          else to_jsonb(case when v >= '10000-01-01' then '+' else '' end || to_char(v, 'YYYY-MM-DD"T"HH24:MI:SS.US')) end $$;
        create function span(v anyrange) returns jsonb language sql as $$
          select case when isempty(v) then 'null'::jsonb else
            case when lower_inf(v) then '{}' else jsonb_build_object(case when lower_inc(v) then 'gte' else 'gt' end, lower(v)) end
            || case when upper_inf(v) then '{}' else jsonb_build_object(case when upper_inc(v) then 'lte' else 'lt' end, upper(v)) end
          end $$;
        """

    /// Our JSON is what PostgreSQL's is.
    static let exact: [TypeSample] = [
        TypeSample("bool", "random() < 0.5"), TypeSample("int2", "(random() * 60000 - 30000)::int2"),
        TypeSample("int4", int4), TypeSample("int8", "((random() * 2 - 1) * power(10, random() * 18))::int8"),
        TypeSample("numeric", numeric), TypeSample("numeric(12,2)", "(random() * 1e9)"),
        TypeSample("numeric(5,0)", "random() * 99999"),
        TypeSample("text", text), TypeSample("varchar(60)", text), TypeSample("char(9)", "left(\(text), 9)"),
        TypeSample("name", "left(\(text), 20)"), TypeSample("citext", text), TypeSample("uuid", "gen_random_uuid()"),
        TypeSample(
            "inet", "(case when random() < 0.5 then \(address) || '/' || 8 + floor(random() * 25) else \(address) end)"),
        TypeSample("inet", "\(address6) || case when random() < 0.5 then '/64' else '' end", name: "inet6"),
        TypeSample("cidr", "network((\(address) || '/' || 8 + floor(random() * 25))::inet)"),
        TypeSample("macaddr", "substr(md5(random()::text), 1, 12)"),
        TypeSample("macaddr8", "substr(md5(random()::text), 1, 16)"),
        TypeSample("bit(11)", "(random() * 2000)::int::bit(11)"),
        TypeSample("varbit", "(random() * 100000)::int::bit(17)"),
        TypeSample("date", day), TypeSample("tid", "('(' || i || ',' || i % 100 || ')')"),
        TypeSample(
            "interval",
            "make_interval(0, \(int4) / 100000, 0, \(int4) / 1000, 0, 0, \(float) / 1e9 * power(10, random() * 6))"),
        TypeSample("interval", "make_interval(secs => \(int4) / 1e6)", name: "short interval"),
        TypeSample(
            "jsonb", "jsonb_build_object('k' || i, \(text), \(text) || 'x', jsonb_build_array(\(numeric), null, true))"),
        TypeSample("mood", "(array['sad', 'o\"k', 'glücklich'])[1 + floor(random() * 3)::int]"),
        TypeSample("positive", "1 + floor(random() * 1000)"), TypeSample("ltree", "'a' || i || '.b' || i"),
        TypeSample("pg_lsn", "('0/0'::pg_lsn + floor(random() * 1e18)::numeric)"),
        TypeSample("tsvector", "to_tsvector('simple', \(text) || ' fat cats')"),
        TypeSample("tsquery", "plainto_tsquery('simple', 'fat ' || i)"),
        TypeSample("regclass", "(array['t', 'pg_class'])[1 + i % 2]"),
        TypeSample("regtype", "(array['int4', 'text'])[1 + i % 2]"), TypeSample("jsonpath", "'$.a[' || i || ']'"),
        TypeSample("pg_snapshot", "i || ':' || i + 9 || ':' || i + 3"),
        TypeSample("\"char\"", "chr(33 + i % 90)", name: "char"), TypeSample("refcursor", text),
        TypeSample("xml", "'<a b=\"' || i || '\">é</a>'"),
        TypeSample("int4[]", "array[\(int4), null, i]"), TypeSample("int8[][]", "array[[1, i], [null, \(int4)]]"),
        TypeSample("text[]", "array[\(text), null, \(text)]"), TypeSample("numeric[]", "array[\(numeric), null]"),
        TypeSample("words", "array[\(text)]"), TypeSample("uuid[]", "array[gen_random_uuid(), null]"),
        TypeSample("date[]", "array[\(day)]"), TypeSample("jsonb[]", "array[jsonb_build_object('a', i), 'null', null]"),
        TypeSample("regclass[]", "array['t', 'pg_class', null]"), TypeSample("mood[]", "array['sad', null]"),
        TypeSample("int4[]", "'[5:6]={1,2}'", name: "lower bound"), TypeSample("text[]", "'{}'", name: "empty array"),
        TypeSample("pair", "row(\(int4), \(text), array[\(numeric), null])"),
        TypeSample("pair[]", "array[row(\(int4), \(text), null)::pair, null]"),
        TypeSample("deep", "row(row(i, null, '{}'), array['sad'], '[1, {\"a\": 2}]')"),
    ]

    /// Our JSON is meant to differ: `expected` says how.
    static let different: [TypeSample] = [
        TypeSample("float8", float), TypeSample("float8", "(random() * 1000)::numeric(10, 2)", name: "price"),
        TypeSample(
            "float8", "(array['NaN', 'Infinity', '-Infinity', '-0', '5e-324', '1.7976931348623157e308'])[1 + i % 6]",
            expected: "case when $ in ('NaN', 'Infinity', '-Infinity') then 'null'::jsonb else to_jsonb($) end",
            name: "special"),
        TypeSample("float4", "\(float)::float4"),
        TypeSample("float4", "(random() * 1000)::numeric(10, 2)", name: "float4 price"),
        TypeSample("float4[]", "array[random(), null, -random()]"),
        TypeSample(
            "numeric", "(array['NaN', 'Infinity', '1.50'])[1 + i % 3]",
            expected: "case when $ in ('NaN', 'Infinity') then 'null'::jsonb else to_jsonb($) end",
            name: "numeric special"),
        TypeSample("money", "(random() * 1e6)::numeric(12, 2)", expected: "to_jsonb($::numeric)"),
        TypeSample("money[]", "array[i, 2.5]::numeric[]::money[]", expected: "to_jsonb($::numeric[])"),
        TypeSample("oid", "floor(random() * 4294967295)::int8", expected: "to_jsonb($::int8)"),
        TypeSample("xid", "i::text", expected: "to_jsonb($::text::int8)"),
        TypeSample("cid", "i::text", expected: "to_jsonb($::text::int8)"),
        TypeSample("xid8", "floor(random() * 1e15)::int8::text", expected: "to_jsonb($::text::int8)"),
        TypeSample("oid[]", "array[i, 2]", expected: "to_jsonb($::int8[])"),
        TypeSample(
            "bytea", "decode(repeat(md5(random()::text), i % 50), 'hex')",
            expected: "to_jsonb(replace(encode($, 'base64'), chr(10), ''))"),
        TypeSample("timestamp", "\(day) + \(time)", expected: "stamp($)"),
        TypeSample(
            "timestamptz", "(\(day) + \(time)) at time zone 'UTC'",
            expected: "case when $ is not null then to_jsonb((stamp($ at time zone 'UTC') #>> '{}') || 'Z') end"),
        TypeSample(
            "timestamp",
            "(array['infinity', '-infinity', '0044-03-15 BC', '12345-01-02 03:04:05', '0001-01-01'])[1 + i % 5]",
            expected: "stamp($)", name: "timestamp special"),
        TypeSample(
            "date", "(array['infinity', '-infinity', '0044-03-15 BC', '12345-01-02'])[1 + i % 4]",
            expected: "case when isfinite($) and $ >= '0001-01-01' then to_jsonb('+' || $::text) else 'null' end",
            name: "date special"),
        TypeSample("time", time, expected: "to_jsonb(to_char(date '2000-01-01' + $, 'HH24:MI:SS.US'))"),
        TypeSample(
            "timetz", "\(time)::text || (array['+02', '-03:30', '+00'])[1 + i % 3]",
            expected: """
                to_jsonb(to_char(date '2000-01-01' + $::time, 'HH24:MI:SS.US') || case when extract(timezone from $) < 0 then '-' else '+' end
                  || to_char(make_interval(secs => abs(extract(timezone from $)::int)), 'HH24:MI'))
                """),
        TypeSample("json", "E'{\\n \"a\" : [1, 2.50,\\n null], \"b\": \"x\\\\ny\"}'"),
        TypeSample("hstore", "hstore(array['a', 'b' || i], array[\(text), null])", expected: "$::jsonb"),
        TypeSample(
            "int4range", "int4range(case when i % 7 > 0 then i end, case when i % 5 > 0 then i + i % 3 end, '[)')",
            expected: "span($)"),
        TypeSample("numrange", "numrange(i, i + 1.5, (array['[]', '()', '(]'])[1 + i % 3])", expected: "span($)"),
        TypeSample("daterange", "daterange(\(day), null)", expected: "span($)"),
        TypeSample("textrange", "textrange('a' || i, 'b\"')", expected: "span($)"),
        TypeSample(
            "int8multirange", "int8multirange(int8range(i, i + 2), int8range(i + 5, null))",
            expected: "(select case when $ is not null then coalesce(jsonb_agg(span(r)), '[]') end from unnest($) r)"),
        TypeSample("point", "point(random() * 100, i)", expected: "to_jsonb('POINT (' || p($) || ')')"),
        TypeSample(
            "lseg", "lseg(point(i, 0.5), point(random(), 2))",
            expected: "to_jsonb('LINESTRING (' || p($[0]) || ', ' || p($[1]) || ')')"),
        TypeSample(
            "box", "box(point(i, 0.5), point(random(), -2))",
            expected:
                "to_jsonb('BBOX (' || f(($[1])[0]) || ', ' || f(($[0])[0]) || ', ' || f(($[0])[1]) || ', ' || f(($[1])[1]) || ')')"
        ),
        TypeSample(
            "polygon", "'((0,0),(4,0.5),(4,' || i || '))'",
            expected: "to_jsonb('POLYGON ((0.0 0.0, 4.0 0.5, 4.0 ' || f(id) || ', 0.0 0.0))')"),
        TypeSample(
            "path", "'[(0,0),(4,' || i || ')]'", expected: "to_jsonb('LINESTRING (0.0 0.0, 4.0 ' || f(id) || ')')"),
        TypeSample(
            "circle", "circle(point(i, 2), random())",
            expected: "jsonb_build_object('x', (center($))[0], 'y', (center($))[1], 'radius', radius($))"),
        TypeSample("line", "'{1,' || i || ',0.5}'", expected: "jsonb_build_object('a', 1, 'b', id, 'c', 0.5)"),
    ].map(\.nullSafe)

    /// Null stays null whatever the expression makes of it.
    private var nullSafe: TypeSample {
        TypeSample(
            type, random, expected: "case when \"\(name)\" is null then 'null'::jsonb else \(expected) end", name: name)
    }
}
