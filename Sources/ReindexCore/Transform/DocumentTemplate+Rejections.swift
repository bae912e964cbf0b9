/// What is said of rows that no document can be made of. Reasons name the column and never a value.
extension DocumentTemplate {
    /// A row whose action line cannot be written.
    func rejection(
        _ problem: ActionProblem, _ failure: ValueFailure?, _ fields: UnsafePointer<FieldBytes>
    ) -> Rejection {
        let text = unsafe key.place(of: fields).text
        func rejection(_ type: String, _ reason: String, _ step: EncodingStep?) -> Rejection {
            Rejection(
                id: nil, key: text, type: type, reason: reason, column: step.map { columns[Int($0.column)].name })
        }
        switch problem.part {
        case .version:
            return rejection("invalid_version", "the version is null, negative or no number", version)
        case .routing:
            if case .notUTF8 = problem.problem { return rejection("invalid_utf8", "the routing is not UTF-8", routing) }
            return rejection(failure?.type ?? "malformed_value", failure?.reason ?? "no routing", routing)
        case .id:
            switch problem.problem {
            case .null(let part): return rejection("id_null", "a column of the _id is null", id[part])
            case .empty: return rejection("id_empty", "the _id is empty", id.first)
            case .tooLong:
                let reason = "the _id is longer than \(ValueWriter.maxIDBytes) bytes, which OpenSearch does not take"
                return rejection("id_too_long", reason, id.count == 1 ? id.first : nil)
            case .notUTF8(let part): return rejection("invalid_utf8", "the _id is not UTF-8", id[part])
            case .value(let part):
                return rejection(failure?.type ?? "malformed_value", failure?.reason ?? "no _id", id[part])
            }
        }
    }

    /// A row one of whose values rejects its document.
    func rejection(
        atStep index: Int, _ failure: ValueFailure?, action: [UInt8], _ fields: UnsafePointer<FieldBytes>
    ) -> Rejection {
        let parsed = try? JSONValue(parsing: action)
        return Rejection(
            id: parsed?["index"]?["_id"]?.string, routing: parsed?["index"]?["routing"]?.string,
            key: unsafe key.place(of: fields).text, type: failure?.type ?? "malformed_value",
            reason: failure?.reason ?? "the value cannot be read", column: columnName(ofStep: index))
    }

    /// `payload`, or `reviews.body` for a child's column.
    private func columnName(ofStep index: Int) -> String? {
        let column = Int(program.steps[index].column)
        for step in program.steps[..<program.rootCount] where step.operation == .children {
            let child = children[Int(step.column)]
            if Int(step.first)..<Int(step.first + step.count) ~= index {
                return "\(child.name).\(child.columns[column].name)"
            }
        }
        return columns[column].name
    }
}
