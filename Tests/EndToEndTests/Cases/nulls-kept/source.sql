create table notes (id int primary key, a text, b int, c jsonb, d text[], lat float8, lon float8);
insert into notes values (1, null, null, null, null, null, null), (2, 'x', 0, 'null', '{null}', 1.5, 2.5), (3, '', null, '{"a": null}', '{}', null, 1.0);
