create table notes (id text primary key, n int);
insert into notes values (repeat('x', 512), 1), (repeat('x', 513), 2), (repeat('é', 256), 3), (repeat('é', 256) || 'a', 4), ('fine', 5), ('', 6);
