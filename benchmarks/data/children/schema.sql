-- Rows with two children tables: three reviews and two offers each, on the average.
drop table if exists children, reviews, offers;
create unlogged table children (id bigint not null, title text not null, price numeric(10, 2) not null);
create unlogged table reviews (id bigint not null, child_of bigint not null, rating int not null, body text not null);
create unlogged table offers (id bigint not null, child_of bigint not null, shop text not null, price numeric(10, 2) not null);
insert into children select i, 'item ' || md5(i::text), (i % 500000) / 100.0 from generate_series(1, :rows) i;
insert into reviews
    select i * 8 + k, i, (i + k) % 5 + 1, md5((i::bigint * k)::text) || ' ' || md5((i + k)::text)
    from generate_series(1, :rows) i, generate_series(1, (i::bigint * 7919 % 7)::int) k;
insert into offers
    select i * 8 + k, i, 'shop ' || (i * k) % 900, (i * 13 + k) % 90000 / 100.0
    from generate_series(1, :rows) i, generate_series(1, (i::bigint * 104729 % 5)::int) k;
alter table children add primary key (id);
alter table reviews add primary key (child_of, id);
alter table offers add primary key (child_of, id);
