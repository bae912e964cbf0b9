internal import ReindexCore

/// Shows a run's progress until it is cancelled: a live block in a terminal, a line every 10 s elsewhere, nothing when quiet.
struct StatusDisplay: Sendable {
    enum Style: Sendable { case live, lines, none }

    let mapping: String
    let style: Style
    let progress: Progress

    /// - Parameter isAlone: otherwise the blocks of several would overwrite each other.
    static func style(isQuiet: Bool, isAlone: Bool = true) -> Style {
        if isQuiet { return .none }
        return Terminal.isInteractive && isAlone ? .live : .lines
    }

    func show() async {
        switch style {
        case .none: return
        case .live: await showLive()
        case .lines: await showLines()
        }
    }

    private func showLive() async {
        var drawn = 0
        var told = 0
        while await pause(.milliseconds(250)) {
            let now = progress.snapshot
            let news = now.notes.dropFirst(told).map { "note: \($0)" }
            told = now.notes.count
            let lines = StatusBlock(mapping: mapping, width: Terminal.width).lines(now)
            Terminal.error(Self.erase(drawn) + (news + lines).map { Message.printable($0) + "\n" }.joined())
            drawn = lines.count
        }
        Terminal.error(Self.erase(drawn))
        tell(progress.snapshot.notes, &told)
    }

    private func showLines() async {
        var last: Phase?
        var ticks = 0
        var told = 0
        var isPauseTold = false
        while await pause(.milliseconds(500)) {
            ticks += 1
            let now = progress.snapshot
            tell(now.notes, &told)
            // That nothing moves is told when it begins, and not again before the next line is due.
            let waits = now.pause != nil || now.control?.pause != nil
            let beginsToWait = waits && !isPauseTold
            guard now.phase != last || ticks >= 20 || beginsToWait else { continue }
            (last, ticks, isPauseTold) = (now.phase, 0, waits)
            Terminal.error(Message.printable(StatusBlock(mapping: mapping, width: 1000).line(now)) + "\n")
        }
        // A run may be over before its first line.
        tell(progress.snapshot.notes, &told)
    }

    private func tell(_ notes: [String], _ told: inout Int) {
        for note in notes.dropFirst(told) { Terminal.error(Message.printable("\(mapping): note: \(note)") + "\n") }
        told = notes.count
    }

    /// Up and clear: ECMA-48 CUU and ED.
    static func erase(_ lines: Int) -> String { lines > 0 ? "\u{1B}[\(lines)A\u{1B}[J" : "" }

    private func pause(_ duration: Duration) async -> Bool {
        do {
            try await ContinuousClock().sleep(for: duration)
            return true
        } catch {
            return false
        }
    }
}
