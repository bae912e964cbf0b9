create table notes (id int primary key, title text);
insert into notes values (1, 'one'), (2, 'two');
insert into notes select n, 'Note ' || n from generate_series(3, 5000) as n;
analyze notes;
