"""What is measured against each other: each a process from its start to its end, into an index of its own."""
import json, os, re, shutil, subprocess

from .machine import ask, root
from .servers import cluster_cpu

peers = ["go", "node", "python", "pgsync"]


class Sides:
    """Makes the functions that measure one side once. `counts` is false where nothing is kept: the null sink."""

    def __init__(self, servers, data, options, counts):
        self.servers = servers
        self.data = data
        self.options = options
        self.counts = counts
        self.peers = options.peers
        self.mappings = servers.folder / "mappings"
        data.write_mappings(self.mappings)

    def copy(self):
        def once():
            return self.servers.measure(["psql", "-Xq", "-c", self.data.limit], stdout=subprocess.DEVNULL)

        return dict(once() if self.counts else self.charged(once), rows=self.data.rows)

    def reindex(self, name=None, rows=None, environment=None):
        name, rows = name or self.data.name, rows or self.data.rows
        alias = self.data.alias + name.removeprefix(self.data.name)
        report = self.servers.folder / "report.json"
        command = [self.servers.release / "reindex", "run", name, "--mappings", self.mappings, "--quiet"]
        command += ["--report", report, *self.options.reindex_options.split()]
        # A null sink holds nothing whose keys could be compared with the table's.
        if not self.counts:
            command += ["--no-promote", "--fresh"]

        def once():
            return self.servers.measure(command, environment)

        result = self.charged(once)
        result.update(rows=rows, report=json.loads(report.read_text()))
        if self.counts:
            self.check("reindex", result["report"]["index"], rows, result)
            for index in ask("GET", f"{self.url}/{alias}-*?expand_wildcards=all"):
                ask("DELETE", f"{self.url}/{index}")
        return result

    def replay(self, bodies, rows, workers, flush):
        """Prepared bodies: what counts is the time of sending, not that of reading the file."""
        more = ["-file", bodies, "-workers", workers, "-flush", flush]
        result = self.into_index("replay", rows, lambda index: self.go("replay", index, rows, more))
        result["wall"] = float(re.search(r" s=([\d.]+)", result["log"])[1])
        return result

    def peer(self, name):
        rows = self.data.rows
        return lambda: self.into_index(name, rows, lambda index: getattr(self, f"{name}_peer")(index, rows))

    def go(self, mode, index, rows, more=()):
        command = [self.peers / "go" / "peer", "-mode", mode, "-url", self.url, "-index", index, "-limit", rows, *more]
        return self.servers.measure(command)

    def go_peer(self, index, rows):
        return self.go("indexer", index, rows)

    def node_peer(self, index, rows):
        own = dict(self.servers.environment, URL_OS=self.url, INDEX=index, LIMIT=str(rows))
        return self.servers.measure(["node", self.peers / "node" / "index.mjs"], own)

    def python_peer(self, index, rows):
        own = dict(self.servers.environment, URL_OS=self.url)
        script = self.peers / "python" / "bulk.py"
        return self.servers.measure([self.options.peer_python, script, "parallel", index, rows, 500], own)

    def pgsync_peer(self, index, rows):
        """Without `location`, which takes a transformation of two columns; all other fields are the same."""
        environment = self.servers.environment
        columns = [name for name in json.loads(self.data.index_body)["mappings"]["properties"] if name != "location"]
        node = {"table": self.data.table, "columns": columns}
        schema = self.servers.folder / "pgsync.json"
        schema.write_text(json.dumps([{"database": environment["PGDATABASE"], "index": index, "nodes": node}]))
        # Its checkpoint of an earlier round would leave nothing to do.
        for checkpoint in self.servers.folder.glob(f".{environment['PGDATABASE']}*"):
            checkpoint.unlink()
        own = dict(environment, OPENSEARCH="true", ELASTICSEARCH="false", ELASTICSEARCH_URL=self.url)
        own.update(PG_HOST="127.0.0.1", PG_PORT=environment["PGPORT"], PG_USER=environment["PGUSER"])
        own.update(ELASTICSEARCH_TIMEOUT="120", POLLING="true")
        # A script of this folder: where --peers leads elsewhere there may be none.
        script = root / "benchmarks" / "peers" / "python" / "pgsync_once.py"
        return self.servers.measure([self.options.pgsync_python, script, schema], own)

    @property
    def url(self):
        return self.servers.environment["OPENSEARCH_URL"]

    def into_index(self, name, rows, measured):
        index = f"peer-{name}"
        body = json.loads(self.data.index_body)
        if name == "pgsync":  # it adds the keys that a document is made of
            body["mappings"]["properties"]["_meta"] = {"type": "object", "enabled": False}
        ask("PUT", f"{self.url}/{index}", body)
        result = self.charged(lambda: measured(index))
        result["rows"] = rows
        if self.counts:
            self.check(name, index, rows, result)
        ask("DELETE", f"{self.url}/{index}")
        return result

    def charged(self, measured):
        """The measurement, with the CPU seconds that the servers had meanwhile."""
        if not self.counts:
            before = self.servers.server_times()
            result = measured()
            after = self.servers.server_times()
            return dict(result, **{name: after[name] - before[name] for name in before})
        before = cluster_cpu(self.url)
        result = measured()
        result["cluster_cpu"] = cluster_cpu(self.url) - before
        return result

    def check(self, name, index, rows, result):
        ask("POST", f"{self.url}/{index}/_refresh")
        found = ask("GET", f"{self.url}/{index}/_count")["count"]
        if found != rows:
            raise SystemExit(f"{name} indexed {found} of {rows}: {result['log']}")


def missing(name, options):
    """Why a peer cannot run here, or None."""
    folder = options.peers
    if name == "go" and not os.access(folder / "go" / "peer", os.X_OK):
        return f"no {folder / 'go' / 'peer'}"
    if name == "node" and not (shutil.which("node") and (folder / "node" / "node_modules").is_dir()):
        return f"no node, or no {folder / 'node' / 'node_modules'}"
    imports = {"python": (options.peer_python, "psycopg, opensearchpy"), "pgsync": (options.pgsync_python, "pgsync")}
    if name in imports:
        python, modules = imports[name]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if not shutil.which(python) or subprocess.run([python, "-c", f"import {modules}"], **quiet).returncode != 0:
            return f"{python} cannot import {modules}"
    return None
