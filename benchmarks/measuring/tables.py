"""The results as tables of Markdown."""

titles = {
    "documents_per_second": ("documents a second", ",.0f"),
    "cpu_per_million": ("CPU seconds a million documents", ".2f"),
    "cluster_cpu_per_million": ("CPU seconds of the cluster a million documents", ".1f"),
    "postgres_cpu_per_million": ("CPU seconds of PostgreSQL a million documents", ".2f"),
    "sink_cpu_per_million": ("CPU seconds of the null sink a million documents", ".2f"),
    "busy": ("share of the machine's processor time that was busy", ".2f"),
    "peak_mb": ("peak memory, MB", ".1f"),
    "idle": ("share of the copy in which OpenSearch had no request", ".3f"),
    "pgbench_p95_ms": ("p95 of pgbench's transactions beside it, ms", ".1f"),
}


def print_tables(results):
    machine = results["machine"]
    print(f"\n{machine['cores']} cores, {machine['cpu']}, {machine['system']}")
    if "micro" in results:
        print_micro(results["micro"])
    for what in ("null", "opensearch", "latency", "order", "scale"):
        if what in results:
            print_rounds(what, results[what])
    if "sweep" in results:
        print_sweep(results["sweep"])
    if "start" in results:
        print_start(results["start"])
    if "verify" in results:
        print_verify(results["verify"])
    if "guard" in results:
        print_guard(results["guard"])
    if "tune" in results:
        print_tune(results["tune"])


def print_tune(tune):
    print(f"\ntune: {tune['data']}, {tune['rows']:,} rows, documents a second after the first 15 s\n")
    print("| | median | interval |\n|---|---|---|")
    for cell in tune["cells"]:
        title = f"{cell['workers']} requests at most, of {cell['flush'] / 2**20:g} MiB"
        print(line(title, cell["documents_per_second"], ",.0f"))
    print(line("found", tune["found"], ",.0f"))
    print("found, of the best of the others' medians: " + ", ".join(f"{value:.2f}" for value in sorted(tune["of_best"])))


def print_start(start):
    print("\n| | median | interval |\n|---|---|---|")
    print(line("`--help`, ms", start["help_ms"], ".1f"))
    print(line("a run of 100 rows, seconds", start["run_seconds"], ".2f"))
    print(line("CPU of this process in it, seconds", start["run_cpu_seconds"], ".3f"))


def print_verify(verify):
    print(f"\nverify: {verify['data']}, {verify['rows']:,} rows\n\n| | median | interval |\n|---|---|---|")
    for name, value in verify["of_copy"].items():
        print(line(f"{name}: time, of the copy's", value, ".2f"))
    for name, value in verify["peak_mb"].items():
        print(line(f"{name}: peak memory, MB", value, ".1f"))


def print_guard(guard):
    print(f"\nguard.search: p95 at most {guard['max_p95_ms']} ms asked; {guard['data']}, {guard['rows']:,} rows\n")
    print("| | windows of 30 s | within 1.2 times | p95, ms |\n|---|---|---|---|")
    for side in ("guarded", "without"):
        value = guard[side]
        p95 = "{median:.0f} ({min:.0f} to {max:.0f})".format(**value["p95_ms"]) if value["p95_ms"] else ""
        print(f"| {side} | {value['windows']} | {value['within']:.0%} | {p95} |")


def print_micro(micro):
    print("\n| | CPU ns an item | best | bytes an item | MB a second | instructions an item |")
    print("|---|---|---|---|---|---|")
    for name, each in micro.items():
        counted = f"{each['instructions_per_item']:,.1f}" if "instructions_per_item" in each else ""
        size = (f"{each['bytes_per_item']:,.1f}", f"{each['mb_per_second']:,.0f}") if each["bytes"] else ("", "")
        print(f"| {name} | {each['median_ns']:,.1f} | {each['best_ns']:,.1f} | {size[0]} | {size[1]} | {counted} |")


def print_rounds(what, results):
    if "sweep" in results:
        print_sweep(results["sweep"])
    first = next(iter(next(iter(results["sides"].values())).values()))
    count, sure = first["count"], first["confidence"]
    heading = f"{what}: {results['data']}, {results['rows']:,} rows, medians of {count} rounds"
    interval = f"{sure:.0%} interval" if sure >= 0.95 else "range (too few rounds for an interval of 95%)"
    print(f"\n{heading}\n\n| | median | {interval} |\n|---|---|---|")
    for name, side in results["sides"].items():
        for key, value in side.items():
            title, form = titles[key]
            print(line(f"{name}: {title}", value, form))
    for ratio in results["ratios"]:
        of = f"{ratio['side']} of {ratio['against']}"
        print(line(f"{of}: documents a second", ratio["documents_per_second"], ".3f"))
        print(line(f"{of}: CPU a document", ratio["cpu_per_million"], ".4f"))
    for title, each in results.get("of_largest", {}).items():
        print(line(f"{title}: CPU a document, of the largest's", each["cpu"], ".3f"))
        print(line(f"{title}: peak memory beyond the largest's, MB", each["peak_mb"], ".1f"))


def print_sweep(sweep):
    print(f"\nreplay of {sweep['documents']:,} documents, documents a second\n")
    flushes = sorted({cell["flush"] for cell in sweep["cells"]})
    print("| requests under way | " + " | ".join(f"{flush / 2**20:g} MiB" for flush in flushes) + " |")
    print("|---" * (len(flushes) + 1) + "|")
    for workers in sorted({cell["workers"] for cell in sweep["cells"]}):
        row = {c["flush"]: c["documents_per_second"]["median"] for c in sweep["cells"] if c["workers"] == workers}
        print(f"| {workers} | " + " | ".join(f"{row[flush]:,.0f}" for flush in flushes) + " |")
    best = sweep["best"]
    print(f"\nbest: {best['workers']} requests of {best['flush'] / 2**20:g} MiB")


def line(title, value, form):
    return f"| {title} | {value['median']:{form}} | {value['low']:{form}} to {value['high']:{form}} |"
