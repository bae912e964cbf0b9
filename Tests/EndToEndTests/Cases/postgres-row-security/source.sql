create table notes (id int primary key, title text);
insert into notes values (1, 'seen'), (2, 'hidden');
alter table notes enable row level security;
create policy only_one on notes for select using (id = 1);
do $$ begin create role e2e_some_rows login; exception when duplicate_object then null; when unique_violation then null; end $$;
grant select on notes to e2e_some_rows;
