select p.id::text as _id, jsonb_strip_nulls(to_jsonb(p) || jsonb_build_object('brand', b.name)) as document
from products p left join brands b on b.id = p.brand_id
