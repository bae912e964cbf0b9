select "Key ""1""" as _id, jsonb_strip_nulls(to_jsonb(t) - '_source') as document from "Odd ""Schema"""."select" as t
