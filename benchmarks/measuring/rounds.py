"""Interleaved rounds: every side once a round, so that a slow minute of the machine hits all of them."""
import random

from .figures import summary
from .machine import ask, note
from .servers import find_toxiproxy
from .sides import Sides


def null(servers, data, options):
    """Into a sink that keeps nothing, against what leaves PostgreSQL at most."""
    servers.start_sink()
    sides = Sides(servers, data, options, counts=False)
    measured = {"copy": sides.copy, "reindex": sides.reindex}
    measured["reindex, a tenth of the rows"] = lambda: sides.reindex(f"{data.name}-small", data.small_rows)
    for name in options.with_peers:
        measured[name] = sides.peer(name)
    each = interleave("null", measured, options.pairs, warm=["copy", "reindex"])
    return dict(summarised(each, [("reindex", name) for name in measured]), data=data.name, rows=data.rows)


def scale(servers, data, options):
    """The same rows a tenth and a hundredth as many, and ten times as many: what a document costs, and the peak of memory."""
    servers.start_sink()
    sides = Sides(servers, data, options, counts=False)
    sizes = {f"{rows:,} rows": (name, rows) for name, rows in data.prepare_sizes(servers, options.sizes).items()}
    measured = {title: (lambda each=each: sides.reindex(*each)) for title, each in sizes.items()}
    each = interleave("scale", measured, options.pairs, warm=[])
    results = summarised(each, [])
    titles = list(measured)
    largest = titles[-1]
    results["of_largest"] = {
        title: {
            "cpu": summary([r[title]["cpu"] / r[title]["rows"] / (r[largest]["cpu"] / r[largest]["rows"]) for r in each]),
            "peak_mb": summary([r[title]["peak_mb"] - r[largest]["peak_mb"] for r in each])}
        for title in titles}
    return dict(results, data=data.name, rows=data.rows)


def opensearch(servers, data, options):
    """Into OpenSearch, against bodies prepared in advance and against the peers."""
    url = servers.start_opensearch()
    sides = Sides(servers, data, options, counts=True)
    results = {"version": ask("GET", url)["version"]["number"], "data": data.name, "rows": data.rows}
    workers, flush = options.replay_workers, options.replay_flush
    if options.sweep:
        results["sweep"] = sweep(servers, data, options)
        best = results["sweep"]["best"]
        workers, flush = best["workers"], best["flush"]
    bodies = servers.folder / "bodies.ndjson"
    note("writing bodies")
    data.write_bodies(bodies, servers)
    measured = {"replay": lambda: sides.replay(bodies, data.rows, workers, flush), "reindex": sides.reindex}
    measured["copy"] = sides.copy
    for name in options.with_peers:
        measured[name] = sides.peer(name)
    each = interleave("opensearch", measured, options.pairs, warm=["replay", "reindex"])
    bodies.unlink()
    results["replay"] = {"workers": workers, "flush": flush}
    return dict(against_others(each), **results)


def against_others(each):
    """The others end when all is indexed: so does reindex's copy, and behind it come the refresh, the proof and the alias."""
    indexed = "reindex until all is indexed"
    for sides in each:
        whole = sides["reindex"]
        phases = whole["report"]["progress"]["phaseSeconds"]
        later = sum(seconds for phase, seconds in phases.items() if phase not in ("create", "copy"))
        sides[indexed] = dict(whole, wall=whole["wall"] - later)
    others = [name for name in each[0] if name not in ("copy", "reindex", indexed)]
    return summarised(each, [(name, other) for name in ("reindex", indexed) for other in others])


def sweep(servers, data, options):
    """Documents a second of the replay for each number of requests under way and each size of a body."""
    servers.start_opensearch()
    sides = Sides(servers, data, options, counts=True)
    rows = min(options.sweep_documents, data.rows)
    bodies = servers.folder / "sweep.ndjson"
    data.write_bodies(bodies, servers, rows)
    cells = [(workers, flush) for workers in options.sweep_workers for flush in options.sweep_flush]
    rates = {cell: [] for cell in cells}
    sides.replay(bodies, rows, 3, 5 << 20)  # the Java in there gets faster for a while
    order = random.Random(1)
    for number in range(options.sweep_rounds):
        for workers, flush in order.sample(cells, len(cells)):
            rate = rows / sides.replay(bodies, rows, workers, flush)["wall"]
            rates[workers, flush].append(rate)
            note(f"sweep {number + 1}/{options.sweep_rounds}: {workers} workers, {flush >> 10} KiB: {rate:,.0f}/s")
    bodies.unlink()
    table = [{"workers": w, "flush": f, "documents_per_second": summary(rates[w, f])} for w, f in cells]
    best = max(table, key=lambda cell: cell["documents_per_second"]["median"])
    return {"documents": rows, "cells": table, "best": best}


def latency(servers, data, options):
    """Through a proxy before each server that holds every answer back, against the same without."""
    toxiproxy = find_toxiproxy(options.toxiproxy)
    is_null = options.to == "null"
    if is_null:
        servers.start_sink()
    else:
        servers.start_opensearch()
    direct = dict(servers.environment, PGHOST="127.0.0.1")
    through, api = servers.start_proxies(toxiproxy)
    sides = Sides(servers, data, options, counts=not is_null)

    def behind(milliseconds):
        for name in ("postgres", "opensearch"):
            for toxic in ask("GET", f"{api}/proxies/{name}/toxics"):
                ask("DELETE", f"{api}/proxies/{name}/toxics/{toxic['name']}")
            if milliseconds:
                toxic = {"type": "latency", "stream": "downstream", "attributes": {"latency": milliseconds}}
                ask("POST", f"{api}/proxies/{name}/toxics", toxic)
        return sides.reindex(environment=through)

    slow = f"{options.latency} ms"
    measured = {"direct": lambda: sides.reindex(environment=direct), "proxy": lambda: behind(0)}
    measured[slow] = lambda: behind(options.latency)
    each = interleave("latency", measured, options.pairs, warm=["direct"])
    servers.stop_processes()
    results = summarised(each, [(slow, "proxy"), (slow, "direct"), ("proxy", "direct")])
    return dict(results, data=data.name, rows=data.rows, to=options.to, latency_ms=options.latency)


def interleave(title, measured, count, warm):
    """Each side once a round; the order turns, so that nobody always follows the same one."""
    for name in warm:
        measured[name]()  # unmeasured: caches are warm
    names = list(measured)
    rounds = []
    for number in range(count):
        order = names[number % len(names):] + names[:number % len(names)]
        each = {name: measured[name]() for name in order}
        rounds.append({name: each[name] for name in names})
        rates = ", ".join(f"{name} {each[name]['rows'] / each[name]['wall']:,.0f}/s" for name in names)
        note(f"{title} {number + 1}/{count}: {rates}")
    return rounds


def summarised(rounds, against):
    """Medians with their intervals of every side, and of the rounds' own ratios of one side to another."""
    values = {
        "documents_per_second": lambda side: side["rows"] / side["wall"],
        "cpu_per_million": lambda side: side["cpu"] / side["rows"] * 1e6,
        "peak_mb": lambda side: side["peak_mb"],
        "idle": lambda side: side["report"]["progress"]["idleSeconds"] / side["report"]["progress"]["phaseSeconds"]["copy"],
        "cluster_cpu_per_million": lambda side: side["cluster_cpu"] / side["rows"] * 1e6,
        "postgres_cpu_per_million": lambda side: side["postgres_cpu"] / side["rows"] * 1e6,
        "sink_cpu_per_million": lambda side: side["sink_cpu"] / side["rows"] * 1e6,
        "busy": lambda side: side["busy"],
    }
    sides = {}
    for name, first in rounds[0].items():
        needed = {
            "cluster_cpu_per_million": "cluster_cpu", "postgres_cpu_per_million": "postgres_cpu",
            "sink_cpu_per_million": "sink_cpu", "busy": "busy", "idle": "report"}
        known = [key for key in values if needed.get(key, "wall") in first]
        sides[name] = {key: summary([values[key](each[name]) for each in rounds]) for key in known}
    ratios = []
    for name, other in against:
        if name == other or rounds[0][name]["rows"] != rounds[0][other]["rows"]:
            continue
        ratios.append({
            "side": name, "against": other,
            **{
                key: summary([values[key](each[name]) / values[key](each[other]) for each in rounds])
                for key in ("documents_per_second", "cpu_per_million")}})
    kept = [{name: {k: v for k, v in side.items() if k != "log"} for name, side in each.items()} for each in rounds]
    return {"sides": sides, "ratios": ratios, "rounds": kept}
