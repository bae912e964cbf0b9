create table notes (tenant text not null, slug varchar(40) not null, body text, primary key (tenant, slug));
insert into notes values
    ('a', 'b:c', 'one'), ('a:b', 'c', 'two'), ('a%3Ab', 'c', 'three'), ('', 'empty tenant', 'four'),
    ('Ä', 'ä', 'five'), ('z', 'Zoë', 'six'), ('日本', '東京', 'seven'), ('a', '', 'eight'), ('a b', 'c/d?e#f', 'nine');
insert into notes select 't' || n % 7, 'slug ' || n, 'body of ' || n from generate_series(1, 500) as n;
