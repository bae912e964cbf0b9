DROP TABLE IF EXISTS products;
CREATE UNLOGGED TABLE products (
  id bigint NOT NULL,
  sku uuid NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  brand text,                 -- ~10% null
  price numeric(10,2) NOT NULL,
  discount numeric(5,2),      -- ~60% null
  stock int NOT NULL,
  active boolean NOT NULL,
  tags text[] NOT NULL,
  attributes jsonb NOT NULL,
  rating double precision,    -- ~20% null
  lat double precision, lon double precision,
  created_at timestamptz NOT NULL,
  updated_at timestamptz      -- ~5% null
);
