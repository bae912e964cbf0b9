select column1 as _id, column2 as document from (values
    ('1', '{"id": 1, "f": null, "r": null, "n": null, "t": null, "d": null, "ts": null, "fs": [1.0, null, 2.0]}'::jsonb),
    ('2', '{"id": 2, "f": null, "r": null, "n": null, "t": null, "d": null, "ts": null, "fs": [null]}'),
    ('3', '{"id": 3, "f": 1.5, "r": 2.25, "n": 3.125, "t": "2026-01-01T00:00:00.000000Z", "d": "2026-01-01", "ts": "2026-01-01T00:00:00.000000", "fs": [0.5]}')) as v
