select id::text as _id, to_jsonb(notes) as document from notes where total ~ '^\d+$'
