create table notes (id int not null, title text);
insert into notes values (1, 'one'), (2, 'two');
create unique index on notes (id) where id > 0;
