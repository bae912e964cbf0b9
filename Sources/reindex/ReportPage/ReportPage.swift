internal import ReindexCore

/// `--report FILE.html`: one self-contained page about what happened, for people. Nothing is loaded, no script runs.
struct ReportPage {
    struct Run: Sendable {
        let report: Report
        let samples: [Timeline.Sample]
    }

    let runs: [Run]

    var html: String {
        let title = runs.map(\.report.mapping).joined(separator: ", ")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>reindex: \(title.escapedForHTML)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            \(runs.map(section).joined(separator: "\n"))
            <footer>reindex \(runs.first?.report.tool.escapedForHTML ?? "")</footer>
            </body>
            </html>

            """
    }

    private func section(_ run: Run) -> String {
        let report = run.report
        return """
            <main>
            <header><h1>\(report.mapping.escapedForHTML)</h1>\(badge(report))</header>
            <p class="lead">\(lead(report).escapedForHTML)</p>
            \(tiles(report))
            \(timeBar(report))
            \(Charts(samples: run.samples).html)
            \(forecast(report))
            \(gate(report))
            \(facts(report))
            </main>
            """
    }

    private func badge(_ report: Report) -> String {
        let isGood = report.exit == 0
        return
            "<span class=\"badge \(isGood ? "good" : "bad")\">\(isGood ? "✓" : "✗") \(report.outcome.escapedForHTML), exit \(report.exit)</span>"
    }

    private func lead(_ report: Report) -> String {
        if let message = report.message { return message }
        guard let index = report.index else { return "Nothing was done." }
        let documents = Quantities.count(report.documentsInIndex ?? 0, "document")
        let before =
            report.previousIndices.isEmpty ? "" : "; before it served \(report.previousIndices.joined(separator: ", "))"
        return report.outcome == "promoted"
            ? "\(documents) in \(index) serve behind \(report.alias)\(before)." : "\(documents) in \(index)."
    }

    private func tiles(_ report: Report) -> String {
        let progress = report.progress
        var tiles = [
            ("documents", Quantities.count(progress.counts.acknowledged)),
            ("rejected", Quantities.count(progress.counts.rejected)),
            ("time", Quantities.duration(progress.elapsed)),
            ("documents a second", Quantities.count(Int(progress.rateMean))),
            ("sent", Quantities.bytes(progress.counts.bytes)),
            ("CPU of this process", Quantities.duration(report.cpuSeconds)),
            ("memory at most", Quantities.bytes(report.peakMemoryBytes)),
        ]
        if let limit = report.limitedBy { tiles.append(("limited by", limit)) }
        return "<dl class=\"tiles\">"
            + tiles.map { "<div><dt>\($0.0)</dt><dd>\($0.1.escapedForHTML)</dd></div>" }.joined() + "</dl>"
    }

    private func timeBar(_ report: Report) -> String {
        let phases = Phase.allCases.compactMap { phase in
            report.progress.phaseSeconds[phase.rawValue].map { (phase.rawValue, $0) }
        }.filter { $0.1 > 0 }
        let total = phases.reduce(0) { $0 + $1.1 }
        guard total > 0 else { return "" }
        let parts = phases.enumerated().map { number, phase in
            let share = phase.1 / total * 100
            let text = "\(phase.0) \(Quantities.duration(phase.1))"
            return
                "<span class=\"c\(number % 11)\" style=\"width:\(Quantities.decimal(share, 2))%\" title=\"\(text)\"></span>"
        }
        let rows = phases.enumerated().map { number, phase in
            "<tr><td><i class=\"c\(number % 11)\"></i>\(phase.0)</td><td>\(Quantities.duration(phase.1))</td><td>\(Quantities.decimal(phase.1 / total * 100, 1)) %</td></tr>"
        }
        return """
            <section><h2>Where the time went</h2><div class="bar" role="img" aria-label="share of each phase">\(parts.joined())</div>
            <table><thead><tr><th>phase</th><th>time</th><th>share</th></tr></thead><tbody>\(rows.joined())</tbody></table></section>
            """
    }

    private func forecast(_ report: Report) -> String {
        guard let then = report.forecast, let now = report.actual else { return "" }
        let unknown = "not known"
        let rows = [
            ("documents", Quantities.count(then.documents), Quantities.count(now.documents)),
            ("bytes sent", Quantities.bytes(then.bytesSent), Quantities.bytes(now.bytesSent)),
            (
                "index, primaries", then.indexBytes.map(Quantities.bytes) ?? unknown,
                now.indexBytes.map(Quantities.bytes) ?? unknown
            ),
            ("copy", Quantities.duration(then.seconds), Quantities.duration(now.seconds)),
            ("connections to PostgreSQL", "at most \(then.connections)", "\(now.connections)"),
            (
                "oldest snapshot", Quantities.duration(then.oldestSnapshotSeconds),
                Quantities.duration(now.oldestSnapshotSeconds)
            ),
        ]
        return """
            <section><h2>Forecast and what happened</h2><table><thead><tr><th></th><th>forecast</th><th>happened</th></tr></thead><tbody>\
            \(rows.map { "<tr><td>\($0.0)</td><td>\($0.1)</td><td>\($0.2)</td></tr>" }.joined())\
            </tbody></table><p class="small">Judged by: \(then.basis.escapedForHTML).</p></section>
            """
    }

    private func gate(_ report: Report) -> String {
        guard let gate = report.gate else { return "" }
        func cells(_ samples: SearchSamples?) -> String {
            guard let samples else { return "<td colspan=\"4\">no index</td>" }
            let times = [samples.median, samples.p95].map { $0.map { "\(Int($0.rounded())) ms" } ?? "-" }
            return
                "<td>\(Quantities.count(samples.count))</td><td>\(samples.errors)</td><td>\(times[0])</td><td>\(times[1])</td>"
        }
        let rows = gate.steps.map { step in
            let pace = step.rate.map { "\(Int($0)) a second" } ?? "in turn"
            return "<tr><td>\(pace)</td>\(cells(step.new))\(cells(step.old))</tr>"
        }
        let verdict =
            gate.isOpen ? "Open." : "Closed: " + gate.reasons.map(\.escapedForHTML).joined(separator: "; ") + "."
        return """
            <section><h2>Gate: the new index against the old one</h2><div class="wide"><table><thead>
            <tr><th rowspan="2">canary searches</th><th colspan="4">new</th><th colspan="4">old</th></tr>
            <tr><th>searches</th><th>failed</th><th>median</th><th>p95</th><th>searches</th><th>failed</th><th>median</th><th>p95</th></tr>
            </thead><tbody>\(rows.joined())</tbody></table></div><p>\(verdict)</p></section>
            """
    }

    private func facts(_ report: Report) -> String {
        let lines = report.text.split(separator: "\n").dropFirst().map { String($0).escapedForHTML }
        guard !lines.isEmpty else { return "" }
        return "<section><h2>In words</h2><pre>\(lines.joined(separator: "\n"))</pre></section>"
    }
}

extension String {
    var escapedForHTML: String {
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n": escaped += "\n"
            default: if scalar.value >= 32 && scalar.value != 127 { escaped.unicodeScalars.append(scalar) }
            }
        }
        return escaped
    }
}
