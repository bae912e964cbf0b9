internal import ReindexCore

/// The gate's result, new against old, a line a step.
enum GateTable {
    static func lines(_ gate: Gate.Result) -> [String] {
        gate.steps.map { step in
            let pace = step.rate.map { "\(Int($0)) a second" } ?? "in turn"
            return "\(pace): new \(text(step.new))\(step.old.map { "; old \(text($0))" } ?? "")"
        }
    }

    private static func text(_ samples: SearchSamples) -> String {
        "\(Quantities.count(samples.count)) searches, \(samples.errors) failed, median \(milliseconds(samples.median)), p95 \(milliseconds(samples.p95))"
    }

    private static func milliseconds(_ value: Double?) -> String {
        value.map { "\(Int($0.rounded())) ms" } ?? "-"
    }
}
