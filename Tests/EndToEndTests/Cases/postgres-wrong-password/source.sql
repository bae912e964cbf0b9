create table notes (id int primary key, title text);
do $$ begin create role password_required; exception when duplicate_object then null; when unique_violation then null; end $$;
do $$ begin create role e2e_wrong_password login password 'right' in role password_required; exception when duplicate_object then null; when unique_violation then null; end $$;
