create table notes (name text collate "und-x-icu" primary key, n int);
insert into notes select w || case when k > 0 then k::text else '' end, k
from unnest('{apple,Apple,äpfel,Zebra,zebra,_x,-x,ß,ss,ö,o,10,9,é,É,e,🚀,日本}'::text[]) as w, generate_series(0, 120) as k;
