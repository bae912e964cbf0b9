create extension hstore; create extension ltree; create extension citext;
create type mood as enum ('sad', 'so so', 'happy');
create domain positive as int check (value > 0);
create domain short_text as varchar(20);
create type money_amount as (amount numeric(10, 2), currency char(3));
create type nested as (name text, price money_amount, tags text[]);
set timezone = 'UTC'; set intervalstyle = 'postgres'; set datestyle = 'ISO, YMD';
create table everything (
    id bigint primary key,
    bool bool, int2 int2, int4 int4, oid oid, xid8 xid8, float4 float4, float8 float8, numeric numeric, numeric_2 numeric(12, 2), money money,
    text text, varchar varchar(10), bpchar char(5), name name, one_char "char", citext citext, xml xml,
    uuid uuid, bytea bytea,
    date date, time time, timetz timetz, timestamp timestamp, timestamptz timestamptz, interval interval,
    json json, jsonb jsonb, hstore hstore, ltree ltree, jsonpath jsonpath,
    inet inet, cidr cidr, macaddr macaddr, macaddr8 macaddr8, bit bit(5), varbit bit varying, pg_lsn pg_lsn,
    tsvector tsvector, tsquery tsquery,
    point point, lseg lseg, path path, open_path path, box box, polygon polygon, line line, circle circle,
    mood mood, positive positive, short_text short_text, money_amount money_amount, nested nested,
    int4range int4range, int8range int8range, numrange numrange, daterange daterange, tsrange tsrange, tstzrange tstzrange,
    int4multirange int4multirange,
    bools bool[], ints int[], matrix int[][], texts text[], floats float8[], uuids uuid[], times timestamptz[], jsons jsonb[], moods mood[], positives positive[],
    amounts money_amount[], ranges int4range[], byteas bytea[], numerics numeric[]
);
insert into everything values (
    1,
    true, -32768, 2147483647, 4294967295, '18446744073709551615', 0.1, 14, 123456789012345678901234567890.123456789, 5, '1234.50',
    'plain', 'ten chars!', 'ab', 'a_name', 'c', 'CiText', '<a b="c">d</a>',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x00ff10abcd',
    '2026-02-28', '23:59:59.5', '01:02:03.000004+05:30', '2026-01-02 03:04:05', '2026-01-02 03:04:05.000006-08', '1 year 2 mons 3 days 04:05:06.789',
    '{"b": [1, 2.50],
 "a": null}', '{"b": {"c": [true, "x"]}, "a": 1e3}', '"a b"=>"1", c=>NULL', 'top.middle.leaf', '$.a[*] ? (@ > 2)',
    '192.168.1.5/24', '2001:db8::/32', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '10110', '101', '16/B374D848',
    'a fat cat', 'fat & rat',
    '(1.5,-2)', '[(0,0),(1,2.5)]', '((0,0),(1,0),(1,1))', '[(0,0),(1,1)]', '(3,4),(1,2)', '((0,0),(4,0),(4,3))', '{1,-2,3.5}', '<(1,2),3>',
    'so so', 7, 'short', '(19.90,EUR)', '(thing,"(5.00,USD)","{x,y}")',
    '[1,10)', '[,5)', '(1.5,2.5]', '[2026-01-01,2026-02-01)', '[2026-01-01 00:00:00,)', '[2026-01-01 00:00:00+00,2026-01-02 00:00:00+00]',
    '{[1,3),[5,9)}',
    '{t,f,NULL}', '{1,NULL,-3}', '{{1,2},{3,4}}', '{"a","b,c","",NULL,"NULL"}', '{1,0.5,1e300}', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', '{"2026-01-02 03:04:05+00"}',
    array['{"a": 1}', 'null']::jsonb[], '{sad,happy}', '{1,2}',
    array['(1.00,EUR)', null]::money_amount[], '{"[1,3)",empty}', '{"\\x00",NULL}', '{1.10,2}');
-- Everything null, and the corners.
insert into everything (id) values (2);
insert into everything (id, int4, float4, float8, numeric, date, timestamp, timestamptz, interval, texts, matrix, int4range, int4multirange, bytea, text, hstore, time, inet, numeric_2)
values (3, -2147483648, '3.4028235e38', '5e-324', '-0.000', '10000-01-01', '12026-01-01 00:00:00.1', '9999-12-31 23:59:59.999999+00', '-1 mons +2 days -00:00:01',
    '{}', '{}', 'empty', '{}', '', '', '', '24:00:00', '::1', -0.10);
insert into everything (id, float8, float4, interval, floats, int4range, path, inet) values (-9223372036854775808, '-0', 1e10, '0', '[0:1]={1,2}', '(,)', '[(1e10,0),(0.1,0.2)]', '10.0.0.1');
insert into everything (id, float8) select n + 100, f from unnest('{1e15,1e16,1e17,123456789012345680,1e21,1e22,0.1,0.30000000000000004,1e-5,1e-7,1.7976931348623157e308,2.2250738585072014e-308,100,1e2,4.35,9007199254740993}'::float8[]) with ordinality as t (f, n);
