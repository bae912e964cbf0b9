create table notes (id int primary key, title text);
create table tags (name text primary key);
insert into notes select n, 'Note ' || n from generate_series(1, 50) as n;
insert into tags values ('red'), ('green');
