"""The data sets: each a folder of benchmarks/data, with a database of its own for each number of rows."""
import json, subprocess, sys

from .machine import note, root

folder = root / "benchmarks" / "data"


class DataSet:
    """`schema.sql` makes `rows` rows, NAME.yaml maps them, `documents.sql` selects each key with its whole document."""

    def __init__(self, name, rows, table=None, copies_documents=False):
        self.name = name
        self.rows = rows
        self.table = table or name
        #: Whether the limit is COPY of the documents made by PostgreSQL: where a document is more than one table's row.
        self.copies_documents = copies_documents
        self.folder = folder / name
        self.alias = f"benchmark-{name}"
        self.index_body = (self.folder / f"{name}.index.json").read_text()

    @property
    def small_rows(self):
        return self.rows // 10

    @property
    def limit(self):
        """The fastest that these rows can leave PostgreSQL by one connection."""
        if self.copies_documents:
            return f"COPY ({(self.folder / 'documents.sql').read_text()}) TO STDOUT"
        return f"COPY {self.table} TO STDOUT (FORMAT binary)"

    def prepare(self, servers):
        """Makes the database where it is not there, and chooses it."""
        database = f"{self.name}_{self.rows}"
        servers.environment["PGDATABASE"] = "postgres"
        if servers.sql(f"select 1 from pg_database where datname = '{database}'"):
            servers.environment["PGDATABASE"] = database
            # Unlogged tables are empty after a crash, and a generation that was stopped left fewer rows or none.
            if servers.sql(f"select to_regclass('{self.table}_small')"):
                if int(servers.sql(f"select count(*) from {self.table}")) == self.rows:
                    return
            servers.environment["PGDATABASE"] = "postgres"
            servers.sql(f"drop database {database}")
        servers.sql(f"create database {database}")
        servers.environment["PGDATABASE"] = database
        note(f"generating {self.rows:,} rows of {self.name}")
        servers.sql((self.folder / "schema.sql").read_text(), rows=self.rows)
        if (self.folder / "gen.py").exists():
            generator = [sys.executable, self.folder / "gen.py", "1", str(self.rows + 1)]
            with subprocess.Popen(generator, stdout=subprocess.PIPE) as rows:
                copy = ["psql", "-Xq", "-c", f"copy {self.table} from stdin"]
                subprocess.run(copy, stdin=rows.stdout, env=servers.environment, check=True)
            servers.sql(f"alter table {self.table} add primary key (id)")
        small = f"{self.table}_small"
        servers.sql(f"""drop table if exists {small};
            create unlogged table {small} as select * from {self.table} limit {self.small_rows};
            alter table {small} add primary key (id)""")
        servers.sql("vacuum analyze")
        servers.sql("checkpoint")

    def write_mappings(self, target):
        """The mapping, and one of the small table named NAME-small."""
        target.mkdir(exist_ok=True)
        text = (self.folder / f"{self.name}.yaml").read_text()
        (target / f"{self.name}.yaml").write_text(text)
        small = text.replace(f"alias: {self.alias}", f"alias: {self.alias}-small")
        small = small.replace(f"table: {self.table}", f"table: {self.table}_small")
        (target / f"{self.name}-small.yaml").write_text(small)
        (target / f"{self.name}.index.json").write_text(self.index_body)

    def prepare_sizes(self, servers, sizes):
        """The table at other numbers of rows, by the first of its rows or by all of them several times: NAME-ROWS, and rows."""
        columns = servers.sql(f"""select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
            where attrelid = '{self.table}'::regclass and attnum > 0 and attname <> 'id'""")
        text = (self.folder / f"{self.name}.yaml").read_text()
        for rows in sizes:
            table = f"{self.table}_{rows}"
            if not servers.sql(f"select to_regclass('{table}')"):
                note(f"generating {rows:,} rows of {self.name}")
                servers.sql(f"""create unlogged table {table} as
                    select id + turn * {self.rows} as id, {columns} from {self.table}, generate_series(0, {(rows - 1) // self.rows}) turn
                    limit {rows};
                    alter table {table} add primary key (id); vacuum analyze {table}; checkpoint""")
            mapping = text.replace(f"alias: {self.alias}", f"alias: {self.alias}-{rows}")
            mapping = mapping.replace(f"table: {self.table}", f"table: {table}")
            (servers.folder / "mappings" / f"{self.name}-{rows}.yaml").write_text(mapping)
        return {f"{self.name}-{rows}": rows for rows in sizes}

    def write_bodies(self, target, servers, count=None):
        """Bulk bodies in advance: an action line and a document a row, without the blanks that jsonb prints."""
        query = (self.folder / "documents.sql").read_text() + (f" limit {count}" if count else "")
        psql = ["psql", "-XAtq", "-F", "\t", "-v", "FETCH_COUNT=1000", "-c", query]
        written = 0
        with subprocess.Popen(psql, stdout=subprocess.PIPE, env=servers.environment, text=True) as rows:
            with open(target, "w") as file:
                for line in rows.stdout:
                    key, document = line.rstrip("\n").split("\t", 1)
                    document = json.dumps(json.loads(document), separators=(",", ":"), ensure_ascii=False)
                    file.write(f'{{"index":{{"_id":"{key}"}}}}\n{document}\n')
                    written += 1
        if rows.returncode != 0 or written != (count or self.rows):
            raise SystemExit(f"{written} bodies were written of {count or self.rows}")
        return written


def data_set(name, rows=None):
    sets = {
        "products": lambda: DataSet("products", rows or 1_000_000),
        "events": lambda: DataSet("events", rows or 3_000_000),
        "texts": lambda: DataSet("texts", rows or 20_000),
        "children": lambda: DataSet("children", rows or 300_000, copies_documents=True),
        "uuid": lambda: DataSet("uuid", rows or 1_000_000, table="uuids"),
    }
    return sets[name]()


names = ["products", "events", "texts", "children", "uuid"]
