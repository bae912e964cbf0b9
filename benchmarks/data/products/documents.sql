select id, jsonb_strip_nulls(to_jsonb(p) - 'lat' - 'lon') || jsonb_build_object('attributes', attributes,
    'location', jsonb_build_object('lat', lat, 'lon', lon)) from products p
