create table notes (id uuid primary key, n int);
insert into notes select md5(n::text)::uuid, n from generate_series(1, 3000) as n;
insert into notes values ('00000000-0000-0000-0000-000000000000', -1), ('ffffffff-ffff-ffff-ffff-ffffffffffff', -2);
