select id::text as _id, to_jsonb(notes) - 'lat' - 'lon' as document from notes
