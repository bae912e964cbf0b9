create table notes (id int primary key, title text, surprise text);
insert into notes values (1, 'fine', null), (2, 'not fine', 'a field the mapping does not know');
