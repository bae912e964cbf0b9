select column1 as _id, column2 as document from (values
('1', $json${"id": 1,
"bool": true, "int2": -32768, "int4": 2147483647, "oid": 4294967295, "xid8": 18446744073709551615, "float4": 0.1, "float8": 14.0,
"numeric": 123456789012345678901234567890.123456789, "numeric_2": 5.00, "money": 1234.50,
"text": "plain", "varchar": "ten chars!", "bpchar": "ab   ", "name": "a_name", "one_char": "c", "citext": "CiText", "xml": "<a b=\"c\">d</a>",
"uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "bytea": "AP8Qq80=",
"date": "2026-02-28", "time": "23:59:59.500000", "timetz": "01:02:03.000004+05:30", "timestamp": "2026-01-02T03:04:05.000000", "timestamptz": "2026-01-02T11:04:05.000006Z",
"interval": "P1Y2M3DT4H5M6.789S",
"json": {"b": [1, 2.50], "a": null}, "jsonb": {"a": 1000, "b": {"c": [true, "x"]}}, "hstore": {"a b": "1", "c": null}, "ltree": "top.middle.leaf", "jsonpath": "$.\"a\"[*]?(@ > 2)",
"inet": "192.168.1.5/24", "cidr": "2001:db8::/32", "macaddr": "08:00:2b:01:02:03", "macaddr8": "08:00:2b:01:02:03:04:05", "bit": "10110", "varbit": "101", "pg_lsn": "16/B374D848",
"tsvector": "'a' 'cat' 'fat'", "tsquery": "'fat' & 'rat'",
"point": "POINT (1.5 -2.0)", "lseg": "LINESTRING (0.0 0.0, 1.0 2.5)", "path": "POLYGON ((0.0 0.0, 1.0 0.0, 1.0 1.0, 0.0 0.0))", "open_path": "LINESTRING (0.0 0.0, 1.0 1.0)",
"box": "BBOX (1.0, 3.0, 4.0, 2.0)", "polygon": "POLYGON ((0.0 0.0, 4.0 0.0, 4.0 3.0, 0.0 0.0))", "line": {"a": 1.0, "b": -2.0, "c": 3.5}, "circle": {"x": 1.0, "y": 2.0, "radius": 3.0},
"mood": "so so", "positive": 7, "short_text": "short", "money_amount": {"amount": 19.90, "currency": "EUR"}, "nested": {"name": "thing", "price": {"amount": 5.00, "currency": "USD"}, "tags": ["x", "y"]},
"int4range": {"gte": 1, "lt": 10}, "int8range": {"lt": 5}, "numrange": {"gt": 1.5, "lte": 2.5}, "daterange": {"gte": "2026-01-01", "lt": "2026-02-01"}, "tsrange": {"gte": "2026-01-01T00:00:00.000000"},
"tstzrange": {"gte": "2026-01-01T00:00:00.000000Z", "lte": "2026-01-02T00:00:00.000000Z"}, "int4multirange": [{"gte": 1, "lt": 3}, {"gte": 5, "lt": 9}],
"bools": [true, false, null], "ints": [1, null, -3], "matrix": [[1, 2], [3, 4]], "texts": ["a", "b,c", "", null, "NULL"], "floats": [1.0, 0.5, 1e300],
"uuids": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"], "times": ["2026-01-02T03:04:05.000000Z"], "jsons": [{"a": 1}, null], "moods": ["sad", "happy"], "positives": [1, 2],
"amounts": [{"amount": 1.00, "currency": "EUR"}, null], "ranges": [{"gte": 1, "lt": 3}, null], "byteas": ["AA==", null], "numerics": [1.10, 2]}$json$::jsonb),
('2', '{"id": 2}'),
('3', '{"id": 3, "int4": -2147483648, "float4": 3.4028235e38, "float8": 5e-324, "numeric": 0.000, "date": "+10000-01-01", "timestamp": "+12026-01-01T00:00:00.100000", "timestamptz": "9999-12-31T23:59:59.999999Z",
  "interval": "P-1M2DT-1S", "texts": [], "matrix": [], "int4multirange": [], "bytea": "", "text": "", "hstore": {}, "time": "24:00:00.000000", "inet": "::1", "numeric_2": -0.10}'),
('-9223372036854775808', '{"id": -9223372036854775808, "float8": -0.0, "float4": 1e10, "interval": "PT0S", "floats": [1.0, 2.0], "int4range": {}, "path": "LINESTRING (10000000000.0 0.0, 0.1 0.2)", "inet": "10.0.0.1"}')
) as v
union all
select id::text, to_jsonb(e) from (select id, float8 from everything where id > 100) as e
