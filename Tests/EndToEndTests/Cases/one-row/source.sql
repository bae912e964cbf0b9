create table notes (id int primary key, title text not null, written timestamptz);
insert into notes values (1, 'the only one', '2026-01-02 03:04:05.678901+02');
