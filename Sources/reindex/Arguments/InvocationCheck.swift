internal import ReindexCore

/// From what was typed to what is meant: numbers read, operands counted, contradictions refused.
struct InvocationCheck {
    let parsed: ParsedArguments
    let command: CommandName

    func invocation() throws(UsageError) -> Invocation {
        let common = common
        switch command {
        case .run: return .run(try run(common))
        case .plan: return .plan(name: try oneName(), common)
        case .preview:
            let name = try oneName()
            let keys = parsed.values(of: .key)
            guard !keys.isEmpty else { throw UsageError(.missingOption("--key KEY"), command: command) }
            return .preview(PreviewRequest(name: name, keys: keys, common: common))
        case .status:
            try refuse(.history, beside: .watch)
            return .status(
                StatusRequest(
                    name: try atMostOneName(), showsHistory: parsed.has(.history), watches: parsed.has(.watch),
                    common: common))
        case .catchUp, .promote:
            var request = try run(common)
            request.names = [try oneName()]
            request.task = command == .promote ? .promote : .catchUp
            request.index = parsed.value(of: .index)
            return .run(request)
        case .verify:
            var request = try run(common)
            request.task = .catchUp
            return .verify(
                VerifyRequest(
                    name: try oneName(), index: parsed.value(of: .index), comparesContent: parsed.has(.content),
                    keys: try value(.keys, expecting: "two keys such as 100..200") { KeyInterval($0) },
                    repairs: parsed.has(.repair), run: request))
        case .rollback:
            var request = try run(common)
            request.task = .catchUp
            return .rollback(
                RollbackRequest(
                    name: try oneName(), to: parsed.value(of: .to), catchesUp: !parsed.has(.noCatchUp), run: request))
        case .prune:
            return .prune(PruneRequest(name: try oneName(), isDryRun: parsed.has(.dryRun), common: common))
        case .abort:
            let name = try oneName()
            return .abort(
                AbortRequest(
                    name: name, isConfirmed: parsed.has(.yes), isDryRun: parsed.has(.dryRun), common: common))
        case .rejected:
            try refuse(.retry, beside: .export)
            return .rejected(
                RejectedRequest(
                    name: try oneName(), exportPath: parsed.value(of: .export), retries: parsed.has(.retry),
                    common: common))
        case .completions: return .completions(try shell())
        case .commandReference: return .commandReference
        case .pause: return .control(name: try oneName(), .pause, common)
        case .unpause: return .control(name: try oneName(), .unpause, common)
        case .throttle: return .control(name: try oneName(), .throttle(try rate()), common)
        }
    }

    private var common: CommonOptions {
        CommonOptions(
            mappings: parsed.value(of: .mappings) ?? "mappings", checkpoints: parsed.value(of: .checkpoints),
            json: parsed.has(.json), quiet: parsed.has(.quiet), insecure: parsed.has(.insecure))
    }

    private func run(_ common: CommonOptions) throws(UsageError) -> RunRequest {
        try refuse(.resume, beside: .fresh)
        try refuse(.resume, beside: .onMismatch)
        try refuse(.together, beside: .noPromote)
        try refuse(.together, beside: .limit)
        let names = parsed.operands
        if parsed.has(.all), let name = names.first {
            throw UsageError(.contradiction("--all", name), command: command)
        }
        if command == .run, names.isEmpty, !parsed.has(.all), !parsed.has(.resume) {
            throw UsageError(.missingOperand("NAME… (or --all)"), command: command)
        }
        for (place, name) in names.enumerated() where names[..<place].contains(name) {
            throw UsageError(.needlessOperand(name), command: command)
        }
        var request = RunRequest(names: names, onlyResumes: parsed.has(.resume), isFresh: parsed.has(.fresh))
        request.onlyIfChanged = parsed.has(.ifChanged)
        request.isAgain = parsed.has(.again)
        request.replacesIndex = parsed.has(.replaceIndex)
        request.isTogether = parsed.has(.together)
        request.promotes = !parsed.has(.noPromote)
        request.keepsRejectedBodies = parsed.has(.keepRejectedBodies)
        request.reportPath = parsed.value(of: .report)
        request.limit = try number(.limit, in: 1...Int.max)
        request.maxInFlight = try number(.maxInFlight, in: 1...64)
        request.readers = try number(.readers, in: 1...64)
        request.fetchSize = try number(.fetchSize, in: 1...100_000)
        request.tuneReportPath = parsed.value(of: .tuneReport)
        request.onMismatch =
            try value(.onMismatch, expecting: "fail or fresh") { RunRequest.OnMismatch(rawValue: $0) }
            ?? .fail
        request.timeLimit = try value(.timeLimit, expecting: "a time such as 90s, 14m, 1h30m") { text in
            Quantity.duration(text).flatMap { $0 > .zero ? $0 : nil }
        }
        request.patience = try time(.patience, in: 1...86_400) ?? request.patience
        request.grace = try time(.grace, in: 0...3600) ?? request.grace
        request.lease = try time(.lease, in: 3...600) ?? request.lease
        request.waitFor = try time(.waitFor, in: 0...86_400) ?? request.waitFor
        request.bodySize = try value(.bodySize, expecting: "a size from 16KiB to 100MiB such as 512KiB, 5MiB") { text in
            Quantity.byteCount(text).flatMap { (16 << 10...100 << 20).contains($0) ? $0 : nil }
        }
        request.common = common
        return request
    }

    /// nil for `off`.
    private func rate() throws(UsageError) -> Int? {
        let range = 1...10_000_000
        let rate: Int?? = try value(.rate, expecting: "a whole number from 1 to 10000000, or off") { text in
            if text == "off" { return .some(nil) }
            return Int(text).flatMap { range.contains($0) ? .some($0) : nil }
        }
        guard let rate else { throw UsageError(.missingOption("--rate N"), command: command) }
        return rate
    }

    private func shell() throws(UsageError) -> Shell {
        let known = Shell.allCases.map(\.rawValue)
        guard let word = try atMostOneName() else {
            throw UsageError(.missingOperand(known.joined(separator: "|")), command: command)
        }
        guard let shell = Shell(rawValue: word) else { throw UsageError(.badOperand(word, known), command: command) }
        return shell
    }

    private func oneName() throws(UsageError) -> String {
        guard let name = try atMostOneName() else { throw UsageError(.missingOperand("NAME"), command: command) }
        return name
    }

    private func atMostOneName() throws(UsageError) -> String? {
        if parsed.operands.count > 1 { throw UsageError(.needlessOperand(parsed.operands[1]), command: command) }
        return parsed.operands.first
    }

    private func refuse(_ one: OptionName, beside other: OptionName) throws(UsageError) {
        if parsed.has(one), parsed.has(other) {
            throw UsageError(.contradiction(one.spelling, other.spelling), command: command)
        }
    }

    private func number(_ option: OptionName, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        let expected =
            range.upperBound == .max
            ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        return try value(option, expecting: "a whole number \(expected)") { text in
            text.first == "+" ? nil : Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// - Parameter range: in seconds.
    private func time(_ option: OptionName, in range: ClosedRange<Double>) throws(UsageError) -> Duration? {
        let bounds = "\(Quantities.duration(range.lowerBound)) to \(Quantities.duration(range.upperBound))"
        return try value(option, expecting: "a time such as 30s, 10m, from \(bounds)") { text in
            Quantity.duration(text).flatMap { range.contains($0.seconds) ? $0 : nil }
        }
    }

    private func value<Value>(
        _ option: OptionName, expecting expected: String, read: (String) -> Value?
    ) throws(UsageError) -> Value? {
        guard let text = parsed.value(of: option) else { return nil }
        guard let value = read(text) else {
            throw UsageError(.badValue(option: option.spelling, value: text, expected: expected), command: command)
        }
        return value
    }
}
