create table notes (n int primary key, country text not null, code text not null, at date not null);
insert into notes values (1, 'a:b', 'c', '2026-01-01'), (2, 'a', 'b:c', '2026-01-01'), (3, 'a%3Ab', 'c', '2026-01-01'),
    (4, '', '', '2026-01-01'), (5, '%', ':', '2026-01-01'), (6, 'ü ü', E'tab\tnew\nline "q" \\', '2026-01-02');
insert into notes select n, 'DE', n::text, '2026-02-03' from generate_series(10, 300) as n;
