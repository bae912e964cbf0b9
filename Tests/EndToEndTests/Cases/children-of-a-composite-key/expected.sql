select o.tenant || ':' || o.number as _id, to_jsonb(o) || jsonb_build_object('lines',
    (select coalesce(jsonb_agg(jsonb_build_object('line', line, 'sku', sku, 'quantity', quantity) order by line), '[]')
     from lines l where l.tenant = o.tenant and l.order_number = o.number)) as document
from orders o
