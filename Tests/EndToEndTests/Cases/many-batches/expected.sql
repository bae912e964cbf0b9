select id::text as _id, jsonb_build_object('id', id, 'title', title, 'body', body, 'at', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US')) as document from notes
