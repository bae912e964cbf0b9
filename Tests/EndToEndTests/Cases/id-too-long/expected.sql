select id as _id, to_jsonb(notes) as document from notes where n in (1, 3, 5)
