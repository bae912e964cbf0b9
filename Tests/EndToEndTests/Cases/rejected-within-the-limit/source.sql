create table notes (id int primary key, total text);
insert into notes select n, case when n % 100 = 0 then 'not a number' else n::text end from generate_series(1, 1000) as n;
