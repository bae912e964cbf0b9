create table products (id bigint primary key, title text not null);
create table reviews (id int primary key, product_id bigint references products, rating smallint not null, body text);
create table pictures (product_id bigint, place int, url text, primary key (product_id, place));
insert into products select n, 'Product ' || n from generate_series(1, 1500) as n;
insert into reviews select n, 1 + n * 7919 % 1500, n % 5 + 1, case when n % 3 > 0 then 'Review "' || n || E'"\n' end from generate_series(1, 6000) as n;
insert into pictures select n % 300 + 1, n / 300, 'https://example.org/' || n from generate_series(1, 900) as n;
