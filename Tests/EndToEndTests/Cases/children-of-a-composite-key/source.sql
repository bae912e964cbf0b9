create table orders (tenant text, number int, customer text, primary key (tenant, number));
create table lines (tenant text, order_number int, line int, sku text, quantity numeric(8, 3), primary key (tenant, order_number, line));
insert into orders select 'tenant ' || n % 3, n, 'customer ' || n % 11 from generate_series(1, 400) as n;
-- Lines of another tenant's order of the same number are nobody's.
insert into lines select 'tenant ' || n % 4, n % 450, n, 'sku-' || n, n / 8.0 from generate_series(1, 4000) as n;
