select column1 as _id, column2 as document from (
values ('1', '{"id": 1, "name": "Nord", "address": {"street": "Hauptstraße 1", "city": "Kiel"}, "location": {"lat": 54.32, "lon": 10.14},
    "opened": "1999-12-31", "kind": "shop", "meta": {"version": 3, "flags": ["a", true, null, 1.5]}}'::jsonb),
  ('2', '{"id": 2, "name": "Süd", "address": {"city": "München"}, "kind": "shop", "meta": {"version": 3, "flags": ["a", true, null, 1.5]}}'),
  ('3', '{"id": 3, "name": "West", "address": {"street": "Rue \"A\""}, "location": {"lat": -33.9, "lon": 18.4},
    "opened": "2024-02-29", "kind": "shop", "meta": {"version": 3, "flags": ["a", true, null, 1.5]}}')
) as v
