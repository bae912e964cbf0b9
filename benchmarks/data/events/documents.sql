select id, to_jsonb(e) from events e
