create table brands (id int primary key, name text not null);
create table products (id bigint primary key, title text not null, brand_id int references brands, price numeric(10, 2) not null);
insert into brands select n, 'Brand ' || n from generate_series(1, 20) as n;
insert into products select n, 'Product ' || n, nullif(n % 21, 0), n * 0.37 from generate_series(1, 2500) as n;
