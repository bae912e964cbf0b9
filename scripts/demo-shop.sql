-- The shop of scripts/demo: brands, products and their reviews, the same on every machine.
-- psql -v products=120000 -f scripts/demo-shop.sql
\set ON_ERROR_STOP on
\if :{?products} \else \set products 120000 \endif

begin;  -- tables that are made and filled in one transaction need no write-ahead log

-- A number from 0 to below n that follows from a row and a purpose alone: no random(), so that every run is the same.
create function dice(row_id bigint, purpose text, n int) returns int language sql immutable parallel safe
return ((hashtextextended(purpose, row_id) & 9223372036854775807) % n)::int;

create function pick(row_id bigint, purpose text, choices text[]) returns text language sql immutable parallel safe
return choices[1 + dice(row_id, purpose, cardinality(choices))];

create table brands (
    id int primary key,
    name text not null unique,
    country text not null,
    founded int not null
);

create table products (
    id bigint primary key,
    sku uuid not null unique,
    title text not null,
    description text not null,
    brand_id int,                            -- one in twelve is without a brand
    category text not null,
    price numeric(10, 2) not null,
    discount numeric(5, 2),                  -- two in three are null
    stock int not null,
    active boolean not null,
    tags text[] not null,
    attributes jsonb not null,
    lat double precision,                    -- of the shop that has it on display, or null
    lon double precision,
    released date not null,
    updated_at timestamptz not null
);

create table reviews (
    id bigint primary key,
    product_id bigint not null,
    author text not null,
    rating smallint not null check (rating between 1 and 5),
    body text,
    written_at timestamptz not null
);

insert into brands
select i,
    pick(i, 'first', '{North,Silver,Blue,Iron,Oak,River,Stone,Wild,Bright,True,Fjord,Alpen,Nordlicht,Señora,Été}') ||
    pick(i, 'join', array['', ' ', ' & ']) ||
    pick(i, 'second', '{field,Works,Bros,Peak,Harbour,Loom,Forge,Trail,Haus,Garden,Atelier,Café,& Søn}') || ' ' || i,
    pick(i, 'country', '{Denmark,Germany,France,Italy,Japan,Portugal,Sweden,Canada,Brazil,Kenya}'),
    1850 + dice(i, 'founded', 170)
from generate_series(1, 400) as i;

insert into products
select i,
    md5('sku' || i)::uuid,
    initcap(color || ' ' || material) || ' ' || noun || pick(i, 'suffix', array['', ' with Handle', ' XL', ' Mini', ', Set of 2', ' “Classic”', ' Pro', ' 2-in-1']),
    pick(i, 'mood', '{A sturdy,A light,A handmade,A quiet,A folding,A timeless,A compact,A waterproof,An elegant,A rugged}') || ' ' || color || ' ' || noun ||
        ' made of ' || material || ', for ' || case place when 'camping' then 'camping trips' else 'the ' || place end || '. ' ||
        pick(i, 'fact', array[
            'Easy to clean and built to last for years.', 'Made in small batches; every piece is a little different.',
            'Fits in a backpack: ' || dice(i, 'w', 60) + 10 || ' × ' || dice(i, 'h', 60) + 10 || ' cm.',
            'Our customers say: "I would buy it again."', 'Spare parts are available for ten years.',
            'Winner of a design award — simple, clever, good.']) || ' ' ||
        pick(i, 'care', array['Wipe with a damp cloth.', 'Dishwasher safe.', 'Hand wash only.', 'Keep dry.', 'No care needed 😀.']),
    case when dice(i, 'unbranded', 12) > 0 then 1 + dice(i, 'brand', 400) end,
    category,
    (499 + dice(i, 'price', 40000))::numeric / 100 * (1 + dice(i, 'luxury', 4)),
    case when dice(i, 'sale', 3) = 0 then 5 + dice(i, 'percent', 45) end,
    greatest(dice(i, 'stock', 260) - 30, 0),
    dice(i, 'active', 20) > 0,
    array_remove(array[
        category, material, case when dice(i, 'eco', 4) = 0 then 'eco' end, case when dice(i, 'new', 9) = 0 then 'new' end,
        case when dice(i, 'gift', 5) = 0 then 'gift idea' end], null),
    jsonb_build_object('color', color, 'material', material, 'weight_g', 40 + dice(i, 'weight', 9000),
        'dimensions', jsonb_build_object('width', 1 + dice(i, 'x', 200), 'height', 1 + dice(i, 'y', 200))) ||
        case when dice(i, 'eco', 4) = 0 then '{"certified": ["FSC", "Fair Trade"]}' else '{}'::jsonb end,
    case when city.name is not null then round((city.lat + dice(i, 'north', 2000) / 10000.0 - 0.1)::numeric, 5) end,
    case when city.name is not null then round((city.lon + dice(i, 'east', 2000) / 10000.0 - 0.1)::numeric, 5) end,
    date '2015-01-01' + dice(i, 'released', 3900),
    timestamptz '2025-01-01 00:00:00+00' + dice(i, 'updated', 25000000) * interval '1 second'
from generate_series(1, :products) as i
cross join lateral (
    select pick(i, 'color', '{red,green,blue,black,white,silver,sand,ocean,olive,copper,cream,grey}') as color,
        pick(i, 'material', '{steel,cotton,oak,glass,bamboo,wool,leather,ceramic,linen,cork,walnut,enamel}') as material,
        pick(i, 'place', '{kitchen,garden,office,camping,workshop,balcony,nursery,bathroom,study,hallway}') as place
    offset 0
) as words
cross join lateral (
    select pick(i, 'noun ' || place, case place
        when 'kitchen' then '{Kettle,Pan,Knife,Cutting Board,Teapot,Mixing Bowl,Pepper Mill,Espresso Cup}'
        when 'garden' then '{Watering Can,Trowel,Rake,Bird House,Flower Pot,Bench,Lantern}'
        when 'camping' then '{Tent Lamp,Camping Mug,Backpack,Sleeping Mat,Folding Chair,Cooking Set}'
        when 'workshop' then '{Hammer,Tool Box,Work Bench,Screwdriver Set,Vice}'
        when 'office' then '{Desk Lamp,Notebook,Pen Holder,Desk,Chair,Paper Tray}'
        else '{Shelf,Basket,Mirror,Wall Clock,Storage Box,Blanket,Towel,Stool,Lamp}' end::text[]) as noun,
        case when place in ('kitchen', 'garden', 'office', 'camping', 'workshop') then place else 'home' end as category
    offset 0
) as kind
left join (values
    (0, 'Berlin', 52.52, 13.405), (1, 'Paris', 48.8566, 2.3522), (2, 'Lisboa', 38.7223, -9.1393),
    (3, 'København', 55.6761, 12.5683), (4, 'Kyoto', 35.0116, 135.7681), (5, 'São Paulo', -23.5505, -46.6333)
) as city (number, name, lat, lon) on city.number = dice(i, 'city', 8)
order by i;

insert into reviews
select row_number() over (), product, pick(product * 31 + n, 'author', '{Ada,Björn,Chiyo,Dinesh,Élise,Fatima,Gustavo,Hana,Ivo,Juma,Kateřina,Lin}'),
    1 + least(dice(product * 31 + n, 'stars', 7), 4),
    case when dice(product * 31 + n, 'silent', 6) > 0 then pick(product * 31 + n, 'opinion', array[
        'Exactly what I was looking for.', 'Arrived late, but the quality is great.', 'Too small for me.',
        'Looks even better than in the picture!', 'My third one. "Indestructible", as they say.', 'The colour is not as shown.',
        'Un cadeau parfait.', 'Würde ich wieder kaufen.', '最高です。', E'Would not recommend:\nthe handle broke.']) end,
    timestamptz '2024-06-01 00:00:00+00' + dice(product * 31 + n, 'written', 40000000) * interval '1 second'
from generate_series(1, :products) as product, generate_series(1, 5) as n
where n <= dice(product, 'reviews', 6);

alter table products add foreign key (brand_id) references brands;
alter table reviews add foreign key (product_id) references products;
create index on reviews (product_id, id);
commit;
analyze;
