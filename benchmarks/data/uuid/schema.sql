-- Keys of uuid v4: their order is not that of the table. About 500 bytes of JSON.
drop table if exists uuids;
create unlogged table uuids (id uuid not null, at timestamptz not null, title text not null, body text not null);
insert into uuids
    select overlay(overlay(md5(i::text) placing '4' from 13) placing 'a' from 17)::uuid,
        timestamptz '2025-01-01 00:00:00+00' + i * interval '1 second', 'item ' || i,
        (select string_agg(md5((i * 13 + k)::text), ' ') from generate_series(1, 12) k)
    from generate_series(1, :rows) i;
alter table uuids add primary key (id);
