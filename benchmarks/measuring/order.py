"""A table that no cache holds, read by key and as it lies, while others use the server."""
import os, subprocess, time
from pathlib import Path

from .figures import summary
from .machine import note
from .rounds import interleave, summarised
from .sides import Sides

groups = Path("/sys/fs/cgroup")


class MemoryGroup:
    """A control group with a bound on memory, page cache included. Version 1 and 2 of the kernel's interface."""

    def __init__(self, byte_count):
        is_v1 = (groups / "memory").is_dir()
        self.folder = (groups / "memory" if is_v1 else groups) / f"reindex-benchmark-{os.getpid()}"
        self.limit = "memory.limit_in_bytes" if is_v1 else "memory.max"
        self.is_v1 = is_v1
        try:
            self.folder.mkdir()
            (self.folder / self.limit).write_text(str(byte_count))
        except OSError as error:
            raise SystemExit(f"order needs a control group for memory that it may make: {error}")

    def take(self, processes):
        for process in processes:
            try:
                (self.folder / "cgroup.procs").write_text(str(process))
            except ProcessLookupError:
                pass  # it has ended

    def drop_cache(self, byte_count):
        """What a run left in the cache must not help the next one."""
        file = self.folder / ("memory.force_empty" if self.is_v1 else "memory.reclaim")
        try:
            file.write_text("0" if self.is_v1 else str(byte_count))
        except OSError:
            pass

    def remove(self):
        for line in (self.folder / "cgroup.procs").read_text().split():
            try:
                (self.folder.parent / "cgroup.procs").write_text(line)
            except ProcessLookupError:
                pass
        self.folder.rmdir()


def order(servers, data, options):
    """`physical` against `key`, each with pgbench beside it at a fixed rate; p95 of its transactions."""
    byte_count = int(servers.sql(f"select pg_total_relation_size('{data.table}')"))
    limit = max(byte_count // 5, 48 << 20)
    postmaster = int((servers.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    group = MemoryGroup(limit)
    try:
        servers.start_sink()
        sides = Sides(servers, data, options, counts=False)
        mappings = servers.folder / "mappings"
        text = (mappings / f"{data.name}.yaml").read_text()
        for name in ("key", "physical"):
            changed = text.replace(data.alias, f"{data.alias}-{name}").replace("key: id", f"key: id\n  order: {name}")
            (mappings / f"{data.name}-{name}.yaml").write_text(changed)
        bench = Bench(servers)
        # Behind this line only the bound one's memory counts: backends are its children.
        group.take([postmaster, *children(postmaster)])

        def side(name):
            def measure():
                group.drop_cache(limit)
                with bench.running() as latencies:
                    result = sides.reindex(f"{data.name}-{name}", data.rows)
                result["pgbench_p95_ms"] = latencies.p95
                return result
            return measure

        def alone():
            group.drop_cache(limit)
            with bench.running() as latencies:
                time.sleep(10)
            return latencies.p95

        quiet = summary([alone() for _ in range(3)])
        each = interleave("order", {name: side(name) for name in ("key", "physical")}, options.pairs, warm=[])
    finally:
        group.remove()
    results = summarised(each, [("physical", "key")])
    for name, figures in results["sides"].items():
        figures["pgbench_p95_ms"] = summary([one[name]["pgbench_p95_ms"] for one in each])
    note(f"pgbench p95: alone {quiet['median']:.2f} ms, " + ", ".join(
        f"{name} {figures['pgbench_p95_ms']['median']:.2f} ms" for name, figures in results["sides"].items()))
    return dict(
        results, data=data.name, rows=data.rows, table_bytes=byte_count, memory_bytes=limit, pgbench_alone_p95_ms=quiet)


def children(process):
    found = subprocess.run(["pgrep", "-P", str(process)], stdout=subprocess.PIPE, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


class Bench:
    """pgbench's own tables and transactions, 200 a second."""

    def __init__(self, servers):
        self.servers = servers
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
        self.command = str(found[-1]) if found else "pgbench"
        make = [self.command, "-i", "-q", "-s", "3"]
        subprocess.run(make, env=servers.environment, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def running(self):
        return Latencies(self)


class Latencies:
    def __init__(self, bench):
        self.bench = bench
        self.prefix = bench.servers.folder / "pgbench-log"

    def __enter__(self):
        command = [self.bench.command, "-c", "2", "-T", "3600", "-R", "200", "-l", f"--log-prefix={self.prefix}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env=self.bench.servers.environment, **quiet)
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        times = []
        for file in self.prefix.parent.glob(f"{self.prefix.name}.*"):
            # client, number, time in microseconds with what it waited for its turn, …
            for line in file.read_text().splitlines():
                fields = line.split()
                if len(fields) > 2 and fields[2].isdigit():
                    times.append(int(fields[2]) / 1000)
            file.unlink()
        times.sort()
        self.p95 = times[int(len(times) * 0.95)] if times else float("nan")
