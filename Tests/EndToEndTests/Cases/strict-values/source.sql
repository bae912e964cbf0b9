create table notes (id int primary key, f float8, r real, n numeric, t timestamptz, d date, ts timestamp, fs float8[]);
insert into notes values (1, 'NaN', 'NaN', 'NaN', 'infinity', 'infinity', '-infinity', '{1,NaN,2}'), (2, 'Infinity', '-Infinity', 'Infinity', '-infinity', null, null, '{-Infinity}'),
    (3, 1.5, 2.25, 3.125, '2026-01-01 00:00:00+00', '2026-01-01', '2026-01-01', '{0.5}');
