select id::text as _id, to_jsonb(notes) as document, tenant_id::text as routing from notes
