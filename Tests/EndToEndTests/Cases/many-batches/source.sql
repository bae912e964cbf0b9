create table notes (id bigint primary key, title text, body text, at timestamp);
insert into notes select n * 3, 'Note ' || n, repeat(md5(n::text), n % 9), timestamp '2026-01-01' + n * interval '1 second' from generate_series(1, 10000) as n;
