create table notes (id jsonb not null unique, title text);
insert into notes values ('1', 'one'), ('2', 'two');
