create table notes (id int primary key, title text);
insert into notes values (1, 'one'), (2, 'two');
