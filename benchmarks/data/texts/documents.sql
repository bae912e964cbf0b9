select id, to_jsonb(t) from texts t
