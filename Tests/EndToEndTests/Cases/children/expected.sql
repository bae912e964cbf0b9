select p.id::text as _id, jsonb_build_object('id', p.id, 'title', p.title,
    'reviews', (select coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(r) - 'product_id') order by rating desc, r.id), '[]') from reviews r where r.product_id = p.id),
    'pictures', (select coalesce(jsonb_agg(jsonb_build_object('url', url) order by place), '[]') from pictures i where i.product_id = p.id)) as document
from products p
