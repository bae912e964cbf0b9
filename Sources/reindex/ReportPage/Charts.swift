internal import ReindexCore

/// Lines over time, as SVG: documents and bytes a second, latency, permits, refusals.
struct Charts {
    let samples: [Timeline.Sample]

    private struct Series {
        let title: String
        let unit: String
        /// nil: nothing was measured in that interval.
        let points: [(seconds: Double, value: Double?)]
        var isStepped = false
    }

    private static let width = 640.0
    private static let height = 170.0
    private static let left = 78.0
    private static let bottom = 24.0
    private static let top = 10.0

    var html: String {
        guard samples.count > 2 else { return "" }
        let charts = [
            Series(title: "Documents a second", unit: "", points: rates { Double($0.documents) }),
            Series(title: "Megabytes a second", unit: "MB", points: rates { Double($0.bytes) / 1_000_000 }),
            Series(title: "Latency of a bulk request in ms, mean of those answered", unit: "ms", points: latencies),
            Series(
                title: "Requests that may be in flight", unit: "",
                points: samples.map { ($0.seconds, $0.permits > 0 ? Double($0.permits) : nil) }, isStepped: true),
            Series(
                title: "Refusals (429) a second, whole and by item", unit: "", points: rates { Double($0.refusals) }),
        ]
        return "<section><h2>Over time</h2><div class=\"charts\">" + charts.map(figure).joined() + "</div></section>"
    }

    private func rates(_ value: (Timeline.Sample) -> Double) -> [(seconds: Double, value: Double?)] {
        zip(samples, samples.dropFirst()).map { before, now in
            let span = now.seconds - before.seconds
            return (now.seconds, span > 0.05 ? max(0, (value(now) - value(before)) / span) : nil)
        }
    }

    private var latencies: [(seconds: Double, value: Double?)] {
        zip(samples, samples.dropFirst()).map { before, now in
            let requests = now.requests - before.requests
            return (now.seconds, requests > 0 ? max(0, (now.sending - before.sending) / Double(requests) * 1000) : nil)
        }
    }

    private func figure(_ series: Series) -> String {
        let values = series.points.compactMap(\.value)
        let (most, step) = Self.scale(values.max() ?? 0)
        let end = max(series.points.last?.seconds ?? 1, 0.001)
        func x(_ seconds: Double) -> Double { Self.left + seconds / end * (Self.width - Self.left - 12) }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - value / most * (Self.height - Self.bottom - Self.top)
        }
        var marks = ""
        var level = 0.0
        while level <= most + step / 2 {
            let place = Quantities.decimal(y(level), 1)
            marks +=
                "<line class=\"grid\" x1=\"\(Int(Self.left))\" x2=\"\(Int(Self.width) - 12)\" y1=\"\(place)\" y2=\"\(place)\"/>"
                + "<text x=\"\(Int(Self.left) - 6)\" y=\"\(place)\" dy=\"0.32em\" text-anchor=\"end\">\(Self.label(level, step))</text>"
            level += step
        }
        for part in 0...4 {
            let seconds = end * Double(part) / 4
            let anchor = part == 0 ? "start" : part == 4 ? "end" : "middle"
            marks +=
                "<text x=\"\(Quantities.decimal(x(seconds), 1).plain)\" y=\"\(Int(Self.height) - 6)\" text-anchor=\"\(anchor)\">\(Quantities.duration(seconds))</text>"
        }
        var path = ""
        var isDrawing = false
        var lastY = 0.0
        for point in series.points {
            guard let value = point.value else {
                isDrawing = false
                continue
            }
            let (px, py) = (x(point.seconds), y(value))
            if isDrawing, series.isStepped { path += "L\(Self.number(px)) \(Self.number(lastY))" }
            path += "\(isDrawing ? "L" : "M")\(Self.number(px)) \(Self.number(py))"
            (isDrawing, lastY) = (true, py)
        }
        let peak = values.max().map { ", at most \(Self.label($0, step / 10)) \(series.unit)" } ?? ""
        return """
            <figure><figcaption>\(series.title)</figcaption>\
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(series.title)\(peak)">\
            \(marks)<path class="line" d="\(path)"/></svg></figure>
            """
    }

    /// A round end of the scale, and the distance of its marks.
    private static func scale(_ greatest: Double) -> (most: Double, step: Double) {
        guard greatest > 0 else { return (1, 1) }
        var step = 1e-3
        while step * 4 < greatest {
            for factor in [2.0, 5, 10] where step * 4 < greatest || factor == 10 {
                if step * factor * 4 >= greatest { return (ceil(greatest, step * factor), step * factor) }
            }
            step *= 10
        }
        return (ceil(greatest, step), step)
    }

    private static func ceil(_ value: Double, _ step: Double) -> Double { (value / step).rounded(.up) * step }

    private static func label(_ value: Double, _ step: Double) -> String {
        Quantities.decimal(value, step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3)
    }

    private static func number(_ value: Double) -> String { Quantities.decimal(value, 1).plain }
}

extension String {
    /// Without the separators of thousands.
    fileprivate var plain: String { filter { $0 != "," } }
}
