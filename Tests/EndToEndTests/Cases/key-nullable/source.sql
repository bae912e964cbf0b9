create table notes (id int unique, title text);
insert into notes values (1, 'one'), (2, 'two');
