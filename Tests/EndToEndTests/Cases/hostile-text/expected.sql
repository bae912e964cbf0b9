select id::text as _id, jsonb_strip_nulls(to_jsonb(notes)) as document from notes
