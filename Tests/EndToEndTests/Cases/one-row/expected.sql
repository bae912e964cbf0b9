select id::text as _id, jsonb_build_object('id', id, 'title', title, 'written', '2026-01-02T01:04:05.678901Z') as document from notes
