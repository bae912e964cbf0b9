internal import CPostgres
internal import ReindexCore

/// An error code of PostgreSQL: five characters. Source: PostgreSQL manual, appendix A.
struct SQLState: Hashable {
    let code: String

    init(_ code: String) { self.code = code }

    /// The code at the end of a line of a message that was asked for with PQERRORS_SQLSTATE: `… FATAL:  28P01`.
    init?(endOfLineIn message: String) {
        for line in message.split(separator: "\n").reversed() {
            let last = line.suffix(5)
            guard last.utf8.count == 5, line.dropLast(5).last == " " else { continue }
            guard last.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) }) else { continue }
            guard last.utf8.contains(where: { (48...57).contains($0) }) else { continue }
            self.code = String(last)
            return
        }
        return nil
    }

    func isOfClass(_ prefix: String) -> Bool { code.hasPrefix(prefix) }

    /// What the code means once a connection stood.
    /// - Parameter position: in the user's own text, from 1.
    func kind(position: Int?) -> SourceError.Kind {
        switch code {
        case "57P01", "57P02", "57P03": .connectionLost
        // Cancelled, idle in transaction, idle, serialization or a conflict with recovery, deadlock, lock time-out, old snapshot.
        case "57014", "25P03", "25P04", "57P05", "40001", "40P01", "55P03", "72000": .cancelled
        case "42501": .notAllowed
        case "53200": .outOfMemory
        case "53300", "53100", "53400": .unreachable
        case _ where isOfClass("08"): .connectionLost
        case _ where isOfClass("28"): .authentication
        default: .query(position: position)
        }
    }
}

extension SourceError {
    /// A connection that did not come about.
    init(connecting message: String, sqlState: String?) {
        let state = sqlState.map(SQLState.init)
        let kind: Kind =
            switch sqlState {
            case "42501": .notAllowed
            // No such database.
            case "3D000": .authentication
            case _ where state?.isOfClass("28") == true: .authentication
            default: .unreachable
            }
        self.init(kind, doing: "connecting", message: message.onOneLine, sqlState: sqlState)
    }

    /// A statement that failed. What DETAIL says is left out: it may hold values of rows.
    init(
        _ result: borrowing ResultRows, on connection: borrowing PostgresConnection, doing: String, query: WrappedQuery?
    ) {
        let code = result.diagnostic(diagnosticSQLState)
        guard let code else {
            let isGone = connection.isBroken
            self.init(
                isGone ? .connectionLost : .query(position: nil), doing: doing,
                message: connection.errorMessage.onOneLine)
            return
        }
        var report = ServerReport(sqlState: code, message: result.diagnostic(diagnosticMessage) ?? "")
        report.hint = result.diagnostic(diagnosticHint)
        report.position = result.diagnostic(diagnosticPosition).flatMap { Int($0) }
        self.init(report, doing: doing, query: query)
    }

    /// What the server said of a statement.
    init(_ report: ServerReport, doing: String, query: WrappedQuery?) {
        let state = SQLState(report.sqlState)
        var message = report.message.onOneLine
        // Data exceptions quote the value: invalid input syntax for type integer: "…".
        if state.isOfClass("22") || state.isOfClass("23") { message = message.withoutQuotedValue }
        var hint = report.hint?.onOneLine
        if state.code == "42501", message.contains("row-level security") {
            hint =
                "a policy hides rows from this role: read with a role that has BYPASSRLS, or one that no policy applies to"
        }
        self.init(
            state.kind(position: report.position.flatMap { query?.userPosition($0) }), doing: doing, message: message,
            sqlState: state.code, hint: hint)
    }
}

/// An error as the server reports it, less what may hold values of rows. Source: PostgreSQL manual, "Error and Notice
/// Message Fields".
struct ServerReport {
    var sqlState = ""
    var message = ""
    var hint: String?
    /// In characters of the statement, from 1.
    var position: Int?
}

extension String {
    /// Control characters become spaces, runs of them one; ends are trimmed.
    var onOneLine: String {
        var line = ""
        for scalar in unicodeScalars {
            if scalar.value < 32 || scalar.value == 127 {
                if !line.isEmpty, !line.hasSuffix(" ") { line.append(" ") }
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    fileprivate var withoutQuotedValue: String {
        guard let quote = firstIndex(of: "\"") else { return self }
        return self[..<quote] + "…"
    }
}
