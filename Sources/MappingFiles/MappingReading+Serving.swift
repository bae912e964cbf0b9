internal import ReindexCore

/// What a mapping says of loading, checking and keeping an index.
extension MappingReading {
    func load(of file: MappingSection) -> LoadRules {
        var rules = LoadRules()
        guard let section = file.section("load", knowing: ["replicas", "gzip", "pipeline"]) else { return rules }
        let replicas = section.value("replicas", expecting: "keep or a number from 0 to 20", nearest: ["keep"]) {
            text in
            text == "keep" ? -1 : MappingSection.integer(text).flatMap { (0...20).contains($0) ? $0 : nil }
        }
        if let replicas { rules.replicas = replicas < 0 ? nil : replicas }
        let gzip = section.value("gzip", expecting: "auto, true or false", nearest: ["auto", "true", "false"]) { text in
            ["auto": LoadRules.Gzip.auto, "true": .on, "false": .off][text]
        }
        if let gzip { rules.gzip = gzip }
        if let pipeline = section.text("pipeline"), pipeline != "_none" { rules.pipeline = pipeline }
        return rules
    }

    func verify(of file: MappingSection, writers: Mapping.Writers) -> VerifyRules {
        var rules = VerifyRules()
        if writers == .versioned { rules.contentShare = 1 }
        guard let section = file.section("verify", knowing: ["content"]) else { return rules }
        let share = section.value("content", expecting: "none, all or a sample such as 1%", nearest: ["none", "all"]) {
            $0 == "none" ? 0 : $0 == "all" ? 1 : Quantity.share($0).flatMap { $0 > 0 ? $0 : nil }
        }
        if let share {
            rules.contentShare = share
            if writers == .versioned, share < 1 {
                section.report(
                    "contradicts writers: versioned, with which all content is always compared", of: "content",
                    hint: "remove it, or write all")
            }
        }
        return rules
    }

    func watch(of file: MappingSection) -> WatchRules? {
        guard let section = file.section("watch", knowing: ["for", "max_error_rate", "max_p95"]) else { return nil }
        var rules = WatchRules()
        if let duration = section.duration("for", atLeast: .seconds(1)) { rules.duration = duration }
        if let rate = section.share("max_error_rate") { rules.maxErrorRate = rate }
        if let p95 = section.duration("max_p95", atLeast: .milliseconds(1)) { rules.maxP95 = p95 }
        if file["gate"] == nil {
            report(
                "has no searches: they are the gate's", at: file["watch"]?.mark, field: "watch",
                hint: "add gate: {canaries: FILE}")
        }
        return rules
    }

    func guards(of file: MappingSection) -> GuardRules {
        var rules = GuardRules()
        guard let section = file.section("guard", knowing: ["search", "postgres"]) else { return rules }
        if let search = section.section("search", knowing: ["max_p95"]) {
            rules.searchMaxP95 = search.duration("max_p95", atLeast: .milliseconds(1))
        }
        if let postgres = section.section("postgres", knowing: ["max_active_sessions", "max_replica_lag"]) {
            rules.postgresMaxActiveSessions = postgres.integer("max_active_sessions", in: 1...100_000)
            rules.postgresMaxReplicaLag = postgres.duration("max_replica_lag", atLeast: .milliseconds(1))
        }
        return rules
    }

    func retain(of file: MappingSection) -> RetainRules {
        var rules = RetainRules()
        guard let section = file.section("retain", knowing: ["for", "at_least"]) else { return rules }
        if let duration = section.duration("for", atLeast: .zero) { rules.duration = duration }
        if let count = section.integer("at_least", in: 0...1000) { rules.atLeast = count }
        return rules
    }
}
