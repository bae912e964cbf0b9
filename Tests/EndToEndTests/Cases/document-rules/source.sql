create table shops (id int primary key, label text not null, street text, city text, lat float8, lon float8, secret text, opened date);
insert into shops values
    (1, 'Nord', 'Hauptstraße 1', 'Kiel', 54.32, 10.14, 'x', '1999-12-31'), (2, 'Süd', null, 'München', null, null, 'y', null),
    (3, 'West', 'Rue "A"', null, -33.9, 18.4, 'z', '2024-02-29');
