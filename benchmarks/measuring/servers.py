"""The servers that are measured against: started on loopback in one folder, and stopped at the end."""
import os, shutil, subprocess, tempfile, time
from pathlib import Path

from .machine import ask, free_port, measure, process_time, root, wait_for


class Servers:
    def __init__(self, folder=None, postgres_extra=""):
        self.is_kept = folder is not None
        self.folder = Path(folder).resolve() if folder else Path(tempfile.mkdtemp(prefix="reindex-benchmark."))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        # A variable of the user's own shell must not lead to a server of theirs.
        foreign = ("DATABASE_URL", "OPENSEARCH_URL", "OPENSEARCH_USER", "OPENSEARCH_PASSWORD")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("PG") and k not in foreign}
        self.postgres_extra = postgres_extra
        self.release = root / ".build" / "release"
        self.stops = []
        self.processes = []

    def start_postgres(self):
        self.stops.append(["scripts/postgres", "stop", str(self.folder / "postgres")])
        extra = dict(self.environment, POSTGRES_EXTRA=self.postgres_extra)
        self.take_exports(["scripts/postgres", "start", str(self.folder / "postgres")], extra)

    def start_sink(self):
        """The null sink: it answers bulk requests as OpenSearch does and keeps nothing."""
        self.stop_processes()
        port = free_port()
        self.start_process([self.release / "opensearch-sandbox", "--discard", "--port", port])
        self.environment["OPENSEARCH_URL"] = f"http://127.0.0.1:{port}"
        wait_for(self.environment["OPENSEARCH_URL"])
        return self.environment["OPENSEARCH_URL"]

    def start_opensearch(self):
        own = dict(self.environment, OPENSEARCH_HEAP=os.environ.get("OPENSEARCH_HEAP", "2g"))
        own.pop("OPENSEARCH_URL", None)
        place = self.folder / "opensearch"
        stop = ["scripts/opensearch", "stop", str(place)]
        if stop not in self.stops:
            self.stops.append(stop)
            shutil.rmtree(place, ignore_errors=True)
            self.take_exports(["scripts/opensearch", "start", str(place)], own)
            self.opensearch_url = self.environment["OPENSEARCH_URL"]
        self.environment["OPENSEARCH_URL"] = self.opensearch_url
        return self.opensearch_url

    def start_proxies(self, toxiproxy):
        """A proxy before each server: the environment that leads through them, and the address they are steered at."""
        api = f"http://127.0.0.1:{free_port()}"
        self.start_process([toxiproxy, "-port", api.rsplit(":")[-1]])
        wait_for(f"{api}/proxies")
        through = dict(self.environment, PGHOST="127.0.0.1")
        upstreams = {
            "postgres": f"127.0.0.1:{self.environment['PGPORT']}",
            "opensearch": self.environment["OPENSEARCH_URL"].removeprefix("http://").rstrip("/")}
        for name, upstream in upstreams.items():
            port = free_port()
            ask("POST", f"{api}/proxies", {"name": name, "listen": f"127.0.0.1:{port}", "upstream": upstream})
            if name == "postgres":
                through["PGPORT"] = str(port)
            else:
                through["OPENSEARCH_URL"] = f"http://127.0.0.1:{port}"
        return through, api

    def start_process(self, command):
        command = [str(each) for each in command]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes.append(subprocess.Popen(command, env=dict(self.environment, LOG_LEVEL="error"), **quiet))

    def stop_processes(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def stop(self):
        self.stop_processes()
        for command in reversed(self.stops):
            subprocess.run(command, cwd=root, env=self.environment, check=False)
        if not self.is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def take_exports(self, command, environment):
        done = subprocess.run(command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        for word in done.stdout.replace("export ", "").split():
            name, value = word.split("=", 1)
            self.environment[name] = value

    def sql(self, text, **variables):
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
        for name, value in variables.items():
            command += ["-v", f"{name}={value}"]
        text = "set client_min_messages = warning;\n" + text
        done = subprocess.run(
            command, input=text, env=self.environment, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def server_times(self):
        """CPU seconds so far: of PostgreSQL with the sessions that have ended, and of the null sink."""
        time.sleep(0.05)  # a session ends after its client
        postmaster = (self.folder / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0]
        return {
            "postgres_cpu": process_time(postmaster),
            "sink_cpu": process_time(self.processes[0].pid)}

    def measure(self, command, environment=None, stdout=None):
        return measure(command, environment or self.environment, self.folder, stdout)


def cluster_cpu(url):
    """The CPU seconds of all nodes since they were started, as of at most a second ago: long runs are told well."""
    nodes = ask("GET", f"{url}/_nodes/stats/process")["nodes"]
    return sum(node["process"]["cpu"]["total_in_millis"] for node in nodes.values()) / 1000


def find_toxiproxy(given):
    found = given or os.environ.get("REINDEX_TEST_TOXIPROXY") or shutil.which("toxiproxy-server")
    if not found or not os.access(found, os.X_OK):
        raise SystemExit("no toxiproxy-server: name it with --toxiproxy")
    return found
