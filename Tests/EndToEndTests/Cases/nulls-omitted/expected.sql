select column1 as _id, column2 as document from (values
    ('1', '{"id": 1}'::jsonb),
    ('2', '{"id": 2, "nested": {"a": "x", "b": 0}, "c": null, "d": [null]}'),
    ('3', '{"id": 3, "nested": {"a": ""}, "c": {"a": null}, "d": []}')) as v
