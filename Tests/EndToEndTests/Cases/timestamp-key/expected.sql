select place::text as _id, jsonb_build_object('device', device, 'reading', reading, 'place', place,
    'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) as document
from (select n.*, row_number() over (order by at, device) as place from notes n) as n
