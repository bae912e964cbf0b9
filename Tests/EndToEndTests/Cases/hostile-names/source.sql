create schema "Odd ""Schema""";
create table "Odd ""Schema"""."select" ("Key ""1""" text primary key, "from" int, "a\b" text, "tab	tab" text, "$1" text, "%s" text, "'; drop table x; --" text, "ünï" text, "_source" text);
insert into "Odd ""Schema"""."select" values
    ('"', 1, 'x', 'x', 'x', 'x', 'x', 'x', 'x'), ('\', 2, '\', null, '', '%', '''', 'ö', '{}'), (E'line\nbreak', 3, E'\n', E'\t', null, null, null, null, null),
    ('{"_id": 1}', 4, null, null, null, null, null, null, null), ('   ', 5, null, null, null, null, null, null, null), ('_underscore', 6, null, null, null, null, null, null, null),
    ('a,b', 7, null, null, null, null, null, null, null), ('../x?y=z', 8, null, null, null, null, null, null, null), ('😀', 9, null, null, null, null, null, null, null),
    (repeat('ä', 256), 10, null, null, null, null, null, null, null);
