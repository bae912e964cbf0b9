select id::text as _id, jsonb_build_object('id', id, 'j', j) as document from notes where id not in (1, 3, 4, 8)
