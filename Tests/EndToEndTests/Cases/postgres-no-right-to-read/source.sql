create table notes (id int primary key, title text);
do $$ begin create role e2e_no_rights login; exception when duplicate_object then null; when unique_violation then null; end $$;
