create table notes (amount numeric primary key, n int);
insert into notes select amount, row_number() over () from unnest(array[
    '0', '-1', '1.50', '0.000000000000000000001', '123456789012345678901234567890.5', '-99999999999999999999', '10', '9', '1e30']::numeric[]) as amount;
insert into notes select n * 0.25 + 100, n from generate_series(1, 8000) as n;
