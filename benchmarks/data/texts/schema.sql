-- Documents of about 50 KB: a text of 100 paragraphs out of 2,000, which PostgreSQL keeps compressed and out of line.
drop table if exists texts;
create unlogged table texts (id bigint not null, title text not null, body text not null);
create temporary table paragraphs as
    select n, string_agg(substr(md5(n::text || '.' || w), 1, 3 + (n + w * 7) % 8), ' ' order by w)
        || case n % 20 when 0 then E' "said"\n' when 1 then ' Größe 日本語' else '' end as line
    from generate_series(0, 1999) n, generate_series(1, 67) w group by n;
alter table paragraphs add primary key (n);
analyze paragraphs;
insert into texts
    select i, 'document ' || i, body
    from generate_series(1, :rows) i, lateral (
        select string_agg(line, E'\n') as body
        from generate_series(1, 100) k join paragraphs on n = ((i * 7919 + k * 104729 + i % 13 * k) % 2000)::int) b;
alter table texts add primary key (id);
