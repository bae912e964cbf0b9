internal import ReindexCore

extension MappingReading {
    func gate(of file: MappingSection) -> GateRules? {
        let names = ["canaries", "samples", "max_error_rate", "max_p95", "load", "force_merge", "warm_up"]
        guard let section = file.section("gate", knowing: names) else { return nil }
        section.require("canaries", hint: "a file of searches, one a line: products.canaries.ndjson")
        var rules = GateRules(canariesPath: section.text("canaries") ?? "")
        if let samples = section.integer("samples", in: 1...1_000_000) { rules.samples = samples }
        if let rate = section.share("max_error_rate") { rules.maxErrorRate = rate }
        if let p95 = section.duration("max_p95", atLeast: .milliseconds(1)) { rules.maxP95 = p95 }
        rules.mergesTo = section.integer("force_merge", in: 1...1000)
        rules.warmUp = section.integer("warm_up", in: 0...100_000)
        rules.load = section.section("load", knowing: ["rate", "spike", "steps"]).map { searchLoad(of: $0) }
        return rules
    }

    private func searchLoad(of section: MappingSection) -> GateRules.Load {
        var load = GateRules.Load()
        if let rate = section.integer("rate", in: 1...100_000) { load.rate = rate }
        if let spike = section.integer("spike", in: 1...100_000) {
            load.spike = spike
        } else {
            load.spike = max(load.spike, load.rate)
        }
        if load.spike < load.rate {
            section.report("is below rate", of: "spike", hint: "it is the most searches a second that are tried")
        }
        guard let texts = section.texts("steps") else { return load }
        let steps = texts.compactMap { Quantity.share($0) }
        if steps.count != texts.count || steps.contains(0)
            || zip(steps, steps.dropFirst()).contains(where: { $0 >= $1 })
        {
            section.report("is not a list of growing percentages", of: "steps", hint: "[10%, 50%, 100%]")
        } else {
            load.steps = steps
        }
        return load
    }
}
