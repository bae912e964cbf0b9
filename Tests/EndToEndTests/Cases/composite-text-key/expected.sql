select replace(replace(tenant, '%', '%25'), ':', '%3A') || ':' || replace(replace(slug, '%', '%25'), ':', '%3A') as _id,
    to_jsonb(notes) as document
from notes
