internal import FoundationEssentials
internal import MappingFiles
internal import ReindexCore

/// `reindex status [NAME]`: what the checkpoints say, from any machine; `--watch` says it until the runs have ended.
struct StatusCommand {
    let request: StatusRequest

    /// Between two looks.
    private static let pace = Duration.seconds(1)
    /// Of those, one in so many is told where nothing can be redrawn.
    private static let looksPerLine = 5
    /// Servers that cannot be asked for so long are an error; before that they are asked again.
    private static let patience = Duration.seconds(60)

    func run() async throws -> ExitCode {
        let folder = MappingFolder(path: request.common.mappings)
        let mappings = try request.name.map { [try folder.mapping(named: $0)] } ?? folder.all()
        let servers = try Servers(request.common)
        let all = try await statuses(of: mappings, servers)
        if request.watches {
            try await watch(mappings, servers, first: all)
        } else {
            Terminal.out(request.common.json ? try json(all) : text(all.flatMap(\.lines)))
        }
        return .done
    }

    private func statuses(of mappings: [Mapping], _ servers: Servers) async throws -> [RunStatus] {
        var all: [RunStatus] = []
        for mapping in mappings {
            do {
                all.append(try await RunStatus(of: mapping, servers))
            } catch {
                throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
            }
        }
        return all
    }

    // MARK: - Watching

    private func watch(_ mappings: [Mapping], _ servers: Servers, first: [RunStatus]) async throws {
        let redraws = Terminal.isOutputInteractive && !request.common.json
        var (all, signs) = (first, SignsOfLife())
        var (drawn, looks) = (0, 0)
        var lastAnswer = ContinuousClock.now
        var trouble: String?
        while true {
            let gone = all.filter { $0.isActive && isGone($0) }
            let isOver = all.filter(\.isActive).count == gone.count
            let silent =
                gone.map {
                    "\($0.mapping): its process has ended without a word; go on with: reindex --resume \($0.mapping)"
                }
                + all.compactMap { signs.silence(of: $0, now: ContinuousClock.now) } + [trouble].compactMap { $0 }
            if redraws {
                let width = Terminal.width
                let lines = (all.flatMap(\.lines) + silent.map { "  \($0)" }).map { String($0.prefix(width - 1)) }
                Terminal.out(StatusDisplay.erase(drawn) + text(lines))
                drawn = lines.count
            } else if isOver || looks % Self.looksPerLine == 0 {
                Terminal.out(request.common.json ? try jsonLines(all) : text(all.map(\.line) + silent))
            }
            if isOver { return }
            looks += 1
            try await ContinuousClock().sleep(for: Self.pace)
            do {
                all = try await statuses(of: mappings, servers)
                (trouble, lastAnswer) = (nil, .now)
            } catch let error as Message.Carrier {
                guard error.message.exit == .unreachable, ContinuousClock.now - lastAnswer < Self.patience else {
                    throw error
                }
                trouble = error.message.summary
            }
        }
    }

    /// Killed, on this machine: its record will never say so.
    private func isGone(_ status: RunStatus) -> Bool { status.holder.map(KernelProcess.isGone) ?? false }

    // MARK: - Words

    private func text(_ lines: [String]) -> String { lines.map { Message.printable($0) + "\n" }.joined() }

    private func json(_ all: [RunStatus]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = request.name != nil && all.count == 1 ? try encoder.encode(all[0]) : try encoder.encode(all)
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// One object a line.
    private func jsonLines(_ all: [RunStatus]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try all.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }.joined()
    }
}

/// Which runs stand still, by this machine's own clock: see `HolderWatch`.
struct SignsOfLife {
    private var seen: [String: (sign: String?, at: ContinuousClock.Instant)] = [:]

    /// - Returns: what to say of a run that has shown no sign for a lease.
    mutating func silence(of status: RunStatus, now: ContinuousClock.Instant) -> String? {
        guard status.isActive else { return nil }
        let last = seen[status.mapping]
        guard let last, last.sign == status.updatedAt else {
            seen[status.mapping] = (status.updatedAt, now)
            return nil
        }
        let silent = (now - last.at).seconds
        guard silent > status.holder?.lease ?? 15 else { return nil }
        return
            "\(status.mapping): no sign of life for \(Quantities.duration(silent)); go on with: reindex --resume \(status.mapping)"
    }
}
