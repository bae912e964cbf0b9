select id, to_jsonb(u) from uuids u
