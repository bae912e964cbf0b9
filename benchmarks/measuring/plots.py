"""Bars for each tool with the limit drawn in, as SVG without a background: readable on light and on dark."""
from xml.sax.saxutils import escape

names = {
    "reindex until all is indexed": "reindex, all indexed", "reindex": "reindex, and proven", "go": "Go: pgx, BulkIndexer", "node": "Node: helpers.bulk", "python": "Python: parallel_bulk",
    "pgsync": "pgsync",
}
limits = {"copy": "COPY alone", "replay": "the cluster's limit"}
#: Of each plot: the figure, its heading, how its numbers are written, and whether the limit is the sink's or COPY's.
plots = [
    ("documents_per_second", "documents a second: more is better", "{:,.0f}", True),
    ("cpu_per_million", "CPU seconds a million documents: less is better", "{:,.1f}", False),
    ("peak_mb", "peak memory, MB: less is better", "{:,.0f}", False),
]

# Middle tones: the text has a contrast of 4.3 to white and to the usual dark.
text, ours, others, limit = "#737b85", "#2f81f7", "#a0a8b0", "#d1741f"
width, left, right, row, bar = 720, 190, 90, 34, 20


def write_plots(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for what in ("null", "opensearch"):
        for key, heading, form, is_rate in plots:
            if what in results:
                against = "replay" if is_rate and what == "opensearch" else "copy"
                target = folder / f"{what}-{key.replace('_', '-')}.svg"
                target.write_text(plot(results[what]["sides"], key, heading, form, against))


def plot(sides, key, heading, form, against):
    is_rate = key == "documents_per_second"
    shown = [name for name in names if name in sides and (is_rate or name != "reindex until all is indexed")]
    bars = [(names[name], sides[name][key], ours if name.startswith("reindex") else others) for name in shown]
    line = sides[against][key]["median"] if against in sides else None
    most = max([value["high"] for _, value, _ in bars] + ([line] if line else []))
    scale = (width - left - right) / most
    top = 58 if line else 36
    height = top + row * len(bars) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="system-ui, sans-serif" font-size="14" fill="{text}" role="img">',
        f"<title>{escape(heading)}</title>",
        label(0, 18, heading, "start", ' font-weight="600"')]
    for number, (name, value, colour) in enumerate(bars):
        parts += one_bar(top + row * number, name, value, colour, scale, form)
    if line:
        x = left + line * scale
        parts.append(
            f'<line x1="{x:.1f}" y1="{top - 10}" x2="{x:.1f}" y2="{height - 4}" stroke="{limit}" stroke-width="2" '
            'stroke-dasharray="5 4"/>')
        # Beside the middle of the plot, so that it stays within.
        anchor = "end" if x > (left + width) / 2 else "start"
        note = f"{limits[against]}: {form.format(line)}"
        parts.append(label(x, top - 16, note, anchor, f' style="fill:{limit}"'))
    return "\n".join([*parts, "</svg>"]) + "\n"


def one_bar(y, name, value, colour, scale, form):
    """The bar, its interval as a whisker, its name before it and its number behind it."""
    middle = y + bar / 2
    low, median, high = (left + value[each] * scale for each in ("low", "median", "high"))
    return [
        label(left - 10, middle + 5, name, "end"),
        f'<rect x="{left}" y="{y}" width="{max(median - left, 1):.1f}" height="{bar}" rx="2" fill="{colour}" '
        'fill-opacity="0.75"/>',
        f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8" '
        f'stroke="{text}" stroke-width="1.5" fill="none"/>',
        label(high + 8, middle + 5, form.format(value["median"]), "start")]


def label(x, y, words, anchor, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'
