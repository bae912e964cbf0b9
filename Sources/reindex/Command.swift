internal import ReindexCore

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The command: arguments to settings, settings to the run, errors to words and exit codes.
@main
struct Command {
    static func main() async {
        let code = await run(Array(CommandLine.arguments.dropFirst()))
        exit(code.rawValue)
    }

    static func run(_ arguments: [String]) async -> ExitCode {
        do {
            return try await perform(Invocation.parse(arguments))
        } catch let error as UsageError {
            Terminal.error("error: \(error.message)\n")
            for hint in error.hints { Terminal.error("  \(hint)\n") }
            return .usage
        } catch {
            let message = ErrorText().message(error)
            Terminal.error(message.text)
            return message.exit
        }
    }

    private static func perform(_ invocation: Invocation) async throws -> ExitCode {
        ProcessUse.keepFreedMemory()
        switch invocation {
        case .run(let request): return await RunCommand(request: request).run()
        case .plan(let name, let options): return try await PlanCommand(name: name, options: options).run()
        case .preview(let request): return try await PreviewCommand(request: request).run()
        case .status(let request):
            return request.showsHistory
                ? try await HistoryCommand(name: request.name, options: request.common).run()
                : try await StatusCommand(request: request).run()
        case .control(let name, let wish, let options):
            return try await ControlCommand(name: name, wish: wish, options: options).run()
        case .verify(let request): return await VerifyCommand(request: request).run()
        case .rollback(let request): return await RollbackCommand(request: request).run()
        case .prune(let request): return try await PruneCommand(request: request).run()
        case .abort(let request): return try await AbortCommand(request: request).run()
        case .rejected(let request):
            return request.retries
                ? await RetryCommand(request: request).run() : try await RejectedCommand(request: request).run()
        case .completions(let shell): Terminal.out(Completions.script(for: shell))
        case .commandReference: Terminal.out(CommandReference.text)
        case .help(let command): Terminal.out(HelpText.text(for: command, width: Terminal.width))
        case .version: Terminal.out("reindex \(Version.current)\n")
        }
        return .done
    }
}
