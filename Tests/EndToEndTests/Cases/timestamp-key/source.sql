create table notes (device int, at timestamptz, reading float8, primary key (at, device));
insert into notes
select d, timestamptz '2025-10-26 00:00:00+02' + n * interval '7 minutes 0.000001 seconds', n / 8.0
from generate_series(1, 3) as d, generate_series(1, 600) as n;
insert into notes values (9, '0001-01-01 00:00:00+00', 1), (9, '9999-12-31 23:59:59.999999+00', 2);
