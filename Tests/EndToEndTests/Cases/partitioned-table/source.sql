create table notes (id int, at date, title text, primary key (id, at)) partition by range (at);
create table notes_2025 partition of notes for values from ('2025-01-01') to ('2026-01-01');
create table notes_2026 partition of notes for values from ('2026-01-01') to ('2027-01-01');
insert into notes select n, date '2025-06-01' + n % 365, 'Note ' || n from generate_series(1, 2000) as n;
