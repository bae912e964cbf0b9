-- Narrow rows: 3 columns, about 100 bytes of JSON.
drop table if exists events;
create unlogged table events (id bigint not null, at timestamptz not null, what text not null);
insert into events
    select i, timestamptz '2025-01-01 00:00:00+00' + i * interval '137 milliseconds', 'page ' || md5(i::text)
    from generate_series(1, :rows) i;
alter table events add primary key (id);
