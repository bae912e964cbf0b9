internal import MappingFiles
internal import OpenSearchIndex
internal import ReindexCore

/// The wording of every error, and its exit code: one function a kind of error.
struct ErrorText {
    /// The mapping that was worked on, where there is one.
    var mapping: Mapping?
    /// Whether the run had begun or been resumed: what can be tried again is then 75, not 69.
    var hasBegun = false

    func message(_ error: any Error) -> Message {
        switch error {
        case let error as Message.Carrier: error.message
        case let error as RunFailure: ErrorText(mapping: mapping, hasBegun: true).message(error.error)
        case let error as MappingErrors: mappingErrors(error)
        case let error as SourceError: source(error)
        case let error as TargetError: target(error)
        case let error as StoreError: store(error)
        case let error as RunError: run(error)
        case let error as ReindexPlan.Refusal: refusal(error)
        case let error as TemplateError: template(error)
        case let error as Rollback.Refusal: rollback(error)
        case let error as Reopening.Refusal: reopening(error)
        case let error as LiveRefusal: live(error)
        case let error as ControlRequest.Refusal: control(error)
        case let error as RetryRefusal: retry(error)
        case let error as InvalidAddress:
            Message(.usage, "OPENSEARCH_URL has an address that cannot be used: \(error.address)", error.reason)
        default:
            Message(
                .unexpected, "something unexpected happened: \(error)",
                "this is a fault of reindex; please report it", again)
        }
    }

    var name: String { mapping?.name ?? "NAME" }
    private var file: String { mapping?.marks.file ?? "the mapping" }
    private var nothingChanged: String { hasBegun ? again : "nothing was created or changed" }
    private var again: String { "go on with: reindex --resume \(name)" }

    // MARK: - Mapping files

    private func mappingErrors(_ errors: MappingErrors) -> Message {
        var message = Message(.dataWrong, errors.errors.count == 1 ? "the mapping is wrong" : "the mappings are wrong")
        for error in errors.errors {
            message.details.append("\(error.place)  \(error.field.map { "\($0): " } ?? "")\(error.message)")
            if let hint = error.hint { message.details.append("  \(hint)") }
        }
        if errors.omittedCount > 0 { message.details.append("and \(errors.omittedCount) more") }
        message.details.append("nothing was created or changed; correct it and run it again")
        return message
    }

    private func template(_ error: TemplateError) -> Message {
        var message = Message(.dataWrong, "the document rules of \(name) do not fit its query")
        message.details.append("\(place(of: error.key))  \(error.key): \(Self.text(of: error.kind))")
        if case .unknownColumn(_, let nearest?) = error.kind { message.details.append("  did you mean \(nearest)?") }
        message.details.append("nothing was created or changed; correct it and run it again")
        return message
    }

    private static func text(of kind: TemplateError.Kind) -> String {
        switch kind {
        case .unknownColumn(let column, _): "the query has no column \(column)"
        case .doubledField(let field): "the field \(field) is made twice"
        case .nestsUnderValue(let field, let value): "\(field) nests under \(value), which is a value of its own"
        case .invalidName(let field): "\(field) is no name that OpenSearch takes for a field"
        case .unsuitableType(let column, let type, let purpose):
            "the column \(column) is of type \(type), which cannot be a \(purpose.rawValue)"
        }
    }

    func place(of field: String) -> String {
        guard let mapping else { return file }
        var parts = field.split(separator: ".").map(String.init)
        while !parts.isEmpty {
            if let line = mapping.marks.lines[parts.joined(separator: ".")] { return "\(mapping.marks.file):\(line)" }
            parts.removeLast()
        }
        return mapping.marks.file
    }

    // MARK: - PostgreSQL

    private func source(_ error: SourceError) -> Message {
        let cause = error.sqlState.map { "\(error.message) (SQLSTATE \($0))" } ?? error.message
        var message: Message
        switch error.kind {
        case .unreachable, .connectionLost, .cancelled, .snapshotGone:
            message = Message(
                hasBegun ? .unfinished : .unreachable, "PostgreSQL cannot be read, while \(error.doing)", cause)
            let check =
                error.sqlState == SourceError.lockTimeout
                ? "another session has a lock on a table that is read, or waits for it"
                : "check PGHOST, PGPORT and PGDATABASE or DATABASE_URL"
            message.details.append(hasBegun ? again : "\(check); nothing was created or changed")
        case .authentication:
            message = Message(.notAllowed, "PostgreSQL refuses the connection", cause)
            message.details.append(
                "check PGUSER and the password (PGPASSWORD, PGPASSFILE, DATABASE_PASSWORD_COMMAND); \(nothingChanged)")
        case .notAllowed:
            message = Message(.notAllowed, "PostgreSQL does not let this role read \(name)", cause)
            message.details.append("SELECT on what the query reads is enough; \(nothingChanged)")
        case .query(let position):
            message = Message(.dataWrong, "PostgreSQL refused the query of \(name)")
            message.details.append("\(queryPlace(position))  \(cause)\(position.map { " (position \($0))" } ?? "")")
            message.details.append("it is read by: reindex run \(name)")
            message.details.append("\(nothingChanged); correct the query and run it again")
        case .key(let column):
            message = Message(
                .dataWrong, "the key of \(name) cannot be used",
                "\(place(of: "source.key"))  \(column.isEmpty ? "" : "\(column): ")\(cause)")
            message.details.append(nothingChanged)
        case .unsupported:
            message = Message(.dataWrong, "\(name) cannot be read, while \(error.doing)", cause, nothingChanged)
        case .outOfMemory:
            message = Message(
                hasBegun ? .unfinished : .unexpected, "out of memory, while \(error.doing)", cause, nothingChanged)
        }
        if let hint = error.hint { message.details.insert(hint, at: max(0, message.details.count - 1)) }
        return message
    }

    /// The line of the file on which a position of the query stands.
    private func queryPlace(_ position: Int?) -> String {
        guard let mapping, let position, case .query(let query) = mapping.source.rows,
            let line = mapping.marks.line(ofCharacter: position, in: query, of: "source.query")
        else { return place(of: "source") }
        return "\(mapping.marks.file):\(line)"
    }

    // MARK: - OpenSearch

    private func target(_ error: TargetError) -> Message {
        let cause = error.address.isEmpty ? error.message : "\(error.address): \(error.message)"
        switch error.kind {
        case .unreachable:
            return Message(
                hasBegun ? .unfinished : .unreachable, "OpenSearch cannot be reached, while \(error.doing)", cause,
                hasBegun ? again : "check OPENSEARCH_URL; nothing was created or changed")
        case .tls:
            return Message(
                .notAllowed, "the TLS connection to OpenSearch is not trusted", cause,
                "check OPENSEARCH_CA and the host's name; \(nothingChanged)")
        case .authentication:
            return Message(
                .notAllowed, "OpenSearch does not accept user and password, while \(error.doing)", cause,
                "check OPENSEARCH_USER and OPENSEARCH_PASSWORD or OPENSEARCH_PASSWORD_FILE; \(nothingChanged)")
        case .notAllowed:
            return Message(
                .notAllowed, "OpenSearch does not allow it, while \(error.doing)", cause,
                "the rights that are needed are in docs/operations.md; \(nothingChanged)")
        case .unsupported:
            return Message(
                .dataWrong, "this is no OpenSearch that reindex works with", cause, "OpenSearch 2 and 3 are supported")
        case .refused(let status, let type):
            let exit: ExitCode = error.isTransient ? (hasBegun ? .unfinished : .unreachable) : .dataWrong
            let next =
                error.doing.hasPrefix("creating") && !error.isTransient
                ? "correct \(mapping?.body.path ?? "the index body") and run it again" : nothingChanged
            return Message(
                exit, "OpenSearch refused, while \(error.doing)", "\(status) \(type): \(error.message)", next)
        case .incompleteAnswer:
            return Message(
                hasBegun ? .unfinished : .unreachable, "OpenSearch's answer did not come whole, while \(error.doing)",
                cause,
                hasBegun ? again : "nothing is known to have changed; run it again")
        case .conflict:
            return Message(
                .unfinished, "somebody else changed it at the same moment, while \(error.doing)", cause, again)
        }
    }

    private func store(_ error: StoreError) -> Message {
        let exit: ExitCode =
            switch error.kind {
            case .notAllowed: .notAllowed
            case .conflict, .failed: .unfinished
            case .damaged: .cannotContinue
            case .unavailable: hasBegun ? .unfinished : .unreachable
            }
        let next =
            switch error.kind {
            case .damaged: "nothing was changed; where nobody runs \(name), remove that document and run it anew"
            case .unavailable where !hasBegun: "nothing was begun or changed; check OPENSEARCH_URL and run it again"
            default: again
            }
        return Message(exit, "the checkpoints cannot be kept, while \(error.doing)", error.message, next)
    }
}

extension Message {
    /// A message on its way as an error, where the command itself noticed what is wrong.
    struct Carrier: Error { let message: Message }
}
