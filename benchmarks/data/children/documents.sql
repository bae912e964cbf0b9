select c.id, to_jsonb(c)
    || jsonb_build_object('reviews', coalesce(r.list, '[]'::jsonb), 'offers', coalesce(o.list, '[]'::jsonb))
from children c
left join (select child_of, jsonb_agg(to_jsonb(reviews) - 'child_of' order by id) as list
    from reviews group by child_of) r on r.child_of = c.id
left join (select child_of, jsonb_agg(to_jsonb(offers) - 'child_of' order by id) as list
    from offers group by child_of) o on o.child_of = c.id
