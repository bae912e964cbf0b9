create table notes (id int primary key, j json);
insert into notes values (1, '{"a": 1, "a": 2}'), (2, '{"a": 1, "b": {"a": 2}}'), (3, (repeat('[', 2000) || repeat(']', 2000))::json), (4, '{"n": 1e999}'),
    (5, E'{"pretty":\n  [1,\r\n\t2]}'), (6, '"text"'), (7, '1.50'), (8, '{"a": "\u00e9", "\u0061": 1}'), (9, 'null'), (10, '{"x": 12345678901234567890.123}');
