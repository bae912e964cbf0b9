create table notes (id int primary key, tenant_id int not null, title text);
insert into notes select n, n % 13, 'Note ' || n from generate_series(1, 1000) as n;
