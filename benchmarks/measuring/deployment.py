"""What a deployment waits for beside the copy: the start, the comparison of index and table, and searches meanwhile."""
import json, subprocess, sys, time

from .figures import summary
from .machine import ask, note, root


class Deployment:
    """`reindex` with an alias of its own, whose indices are dropped by `clear`."""

    def __init__(self, servers, data, options):
        self.url = servers.start_opensearch()
        (self.servers, self.data, self.options) = (servers, data, options)
        self.mappings = servers.folder / "mappings"
        data.write_mappings(self.mappings)
        self.report = servers.folder / "report.json"

    def command(self, *arguments):
        return [self.servers.release / "reindex", *arguments, "--mappings", self.mappings, "--quiet"]

    def measure(self, *arguments):
        return self.servers.measure(self.command(*arguments))

    def run(self, name, *more):
        result = self.measure("run", name, "--again", "--report", self.report, *more)
        return dict(result, report=json.loads(self.report.read_text()))

    def clear(self):
        for index in ask("GET", f"{self.url}/{self.data.alias}*?expand_wildcards=all"):
            ask("DELETE", f"{self.url}/{index}")


def start(servers, data, options):
    """`--help`, and a run of 100 rows from its first instruction to the promotion."""
    deployment = Deployment(servers, data, options)
    servers.sql(f"drop table if exists few; create table few as select * from {data.table} limit 100;"
                "alter table few add primary key (id); analyze few")
    text = (deployment.mappings / f"{data.name}.yaml").read_text()
    text = text.replace(f"alias: {data.alias}", f"alias: {data.alias}-few").replace(f"table: {data.table}", "table: few")
    (deployment.mappings / "few.yaml").write_text(text)
    binary = servers.release / "reindex"
    helps = [servers.measure([binary, "--help"], stdout=subprocess.DEVNULL)["wall"] * 1000 for _ in range(50)]
    runs, own = [], []
    deployment.run("few")  # the Java in there gets faster for a while
    for number in range(options.pairs):
        result = deployment.run("few")
        runs.append(result["wall"])
        own.append(result["cpu"])
        note(f"start {number + 1}/{options.pairs}: {result['wall']:.2f} s, "
             + json.dumps(result["report"]["progress"]["phaseSeconds"], sort_keys=True))
    deployment.clear()
    return {"help_ms": summary(helps), "run_seconds": summary(runs), "run_cpu_seconds": summary(own)}


def verify(servers, data, options):
    """`verify` and `verify --content` of an index that equals its table, against the copy that made it."""
    deployment = Deployment(servers, data, options)
    rounds = []
    for number in range(options.pairs):
        report = deployment.run(data.name)["report"]
        each = {"copy": {"wall": report["progress"]["phaseSeconds"]["copy"], "peak_mb": report["peakMemoryBytes"] / 1e6}}
        for name, more in (("keys", []), ("content", ["--content"])):
            result = deployment.measure("verify", data.name, *more)
            each[name] = {"wall": result["wall"], "cpu": result["cpu"], "peak_mb": result["peak_mb"]}
        rounds.append(each)
        note(f"verify {number + 1}/{options.pairs}: " + ", ".join(f"{k} {v['wall']:.1f} s" for k, v in each.items()))
        deployment.clear()
    return {
        "data": data.name, "rows": data.rows, "rounds": rounds,
        "of_copy": {
            name: summary([each[name]["wall"] / each["copy"]["wall"] for each in rounds]) for name in ("keys", "content")},
        "peak_mb": {name: summary([each[name]["peak_mb"] for each in rounds]) for name in ("copy", "keys", "content")}}


def tune(servers, data, options):
    """Documents a second after the first 15 s: what is found without an option, against runs with fixed ones."""
    deployment = Deployment(servers, data, options)
    series = servers.folder / "tune.csv"
    cells = [(workers, flush) for workers in options.tune_workers for flush in options.tune_flush]
    fixed = {cell: ["--max-in-flight", cell[0], "--body-size", cell[1]] for cell in cells}
    rates = {cell: [] for cell in [None, *cells]}
    deployment.run(data.name, "--no-promote", "--fresh")  # the Java in there gets faster for a while
    for number in range(options.pairs):
        order = [None, *cells] if number % 2 == 0 else [*reversed(cells), None]
        for cell in order:
            deployment.run(data.name, "--no-promote", "--fresh", "--tune-report", series, *fixed.get(cell, []))
            rates[cell].append(rate_after(15, series))
            name = f"{cell[0]} requests of {cell[1] >> 10} KiB" if cell else "found"
            note(f"tune {number + 1}/{options.pairs}, {name}: {rates[cell][-1]:,.0f}/s")
    deployment.clear()
    medians = {cell: summary(values) for cell, values in rates.items()}
    best = max(cells, key=lambda cell: medians[cell]["median"])
    return {
        "data": data.name, "rows": data.rows, "found": medians[None], "best": {"workers": best[0], "flush": best[1]},
        "cells": [{"workers": w, "flush": f, "documents_per_second": medians[w, f]} for w, f in cells],
        "of_best": [value / medians[best]["median"] for value in rates[None]]}


def rate_after(seconds, path):
    """Documents a second between this many seconds from the beginning and the end of the copy, by `--tune-report`."""
    lines = [line.split(",") for line in path.read_text().splitlines()[1:]]
    copied = [(int(line[0]), int(line[2])) for line in lines if line[1] == "copy" and int(line[0]) >= seconds]
    if len(copied) < 5:
        raise SystemExit(f"the copy ends before {seconds + 5} s: take more --rows")
    return (copied[-1][1] - copied[0][1]) / (copied[-1][0] - copied[0][0])


def guard(servers, data, options):
    """A run with `guard.search` while 50 searches a second go on, against the same without; p95 of windows of 30 s."""
    deployment = Deployment(servers, data, options)
    mapping = deployment.mappings / f"{data.name}.yaml"
    plain = mapping.read_text()
    canaries = deployment.mappings / "guard.canaries.ndjson"
    queries = root / "benchmarks" / "search-load"
    listed = subprocess.run([sys.executable, queries, "--url", deployment.url, "--index", data.alias, "--plain",
                             "--print-queries", "20"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    canaries.write_text("".join(
        json.dumps({"name": f"search {number}", "search": json.loads(line), "expect": {"minimum": 0}}) + "\n"
        for number, line in enumerate(listed)))
    guarded = (plain + f"gate: {{canaries: {canaries.name}, max_p95: 10s}}\n"
               f"guard: {{search: {{max_p95: {options.max_p95}ms}}}}\n")
    note("an index that serves")
    deployment.run(data.name)
    results = {"data": data.name, "rows": data.rows, "max_p95_ms": options.max_p95, "rounds": []}
    for number in range(options.pairs):
        each = {}
        # One file after the other: an alias belongs to one mapping.
        for side, text in (("guarded", guarded), ("without", plain)):
            mapping.write_text(text)
            windows, report = searched(deployment, data.name, options)
            each[side] = {
                "p95_ms": [window["p95_ms"] for window in windows],
                "documents_per_second": data.rows / report["progress"]["phaseSeconds"]["copy"],
                "throttled_seconds": report["progress"]["throttledSeconds"]}
            note(f"guard {number + 1}/{options.pairs}, {side}: {json.dumps(each[side])}")
        results["rounds"].append(each)
    limit = 1.2 * options.max_p95
    for side in ("guarded", "without"):
        # The first window of each run is the one in which the guard finds its limit.
        values = [value for each in results["rounds"] for value in each[side]["p95_ms"][1:]]
        results[side] = {
            "windows": len(values), "within": sum(value <= limit for value in values) / max(1, len(values)),
            "p95_ms": summary(values) if values else None}
    deployment.clear()
    return results


def searched(deployment, name, options):
    """The windows that lie within the copy whole, and the run's report."""
    load = [sys.executable, root / "benchmarks" / "search-load", "--url", deployment.url, "--index", deployment.data.alias,
            "--plain"]
    with subprocess.Popen([*load, "--seconds", "3600"], stdout=subprocess.PIPE, text=True) as searches:
        try:
            time.sleep(1)
            deployment.run(name, "--no-promote", "--fresh")
        finally:
            time.sleep(1)
            searches.terminate()
        lines = searches.stdout.read().splitlines()
    report = json.loads(deployment.report.read_text())
    seconds = report["progress"]["phaseSeconds"]["copy"]
    windows = [json.loads(line) for line in lines]
    return [window for window in windows if (window["window"] + 1) * 30 <= seconds + 1], report
