create table notes (id int primary key, v text, j jsonb, a text[]);
insert into notes values
    (1, E'\u2028\u2029 and \u00a0', '"\u2028"', array[E'\u2028']), (2, E'emoji 👨‍👩‍👧 🏳️‍🌈 \U0010FFFF', '"😀"', '{😀}'),
    (3, (select string_agg(chr(n), '' order by n) from generate_series(1, 127) as n), '"\u0001\u001f\u007f"', array[E'\x01\x1f']),
    (4, '</script><!-- & -->', '"</script>"', '{"</script>"}'), (5, '"\/\\\b\f\n\r\t', '"\"\\/\b\f\n\r\t"', array['"', '\', ',', '{', '}', 'NULL', '']),
    (6, '{"index": {"_id": "7"}}' || E'\n' || '{"not": "mine"}' || E'\n', '{"a\nb": {"": 1}}', null),
    (7, E'\ufeffbom \ufffd \u0085 ' || chr(55295) || chr(57344), '"\ufeff"', null), (8, repeat('x', 15) || '"', '"0123456789abcde\""', null), (9, repeat('é', 100) || '\' || repeat('"', 100), null, null);
insert into notes select n, repeat(chr(32 + n % 95), n % 70) || '"' || repeat('y', n % 40), to_jsonb(repeat('\', n % 20)), null from generate_series(100, 400) as n;
insert into notes values (1000, (select string_agg(md5(n::text) || case n % 3 when 0 then '"' when 1 then E'\n' else 'ü' end, '') from generate_series(1, 32000) as n), null, null);
