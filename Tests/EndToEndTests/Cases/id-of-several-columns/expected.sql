select replace(replace(country, '%', '%25'), ':', '%3A') || ':' || replace(replace(code, '%', '%25'), ':', '%3A') || ':' || at as _id,
    to_jsonb(notes) as document
from notes
