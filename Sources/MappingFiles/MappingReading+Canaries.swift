internal import ReindexCore

/// The canary file: a search a line (`docs/mapping.md`, "The canary file").
extension MappingReading {
    static let greatestCanaryFileSize = 1 << 20

    func canaries(_ path: String, in folder: String, mark: YAMLMark?) -> [Canary] {
        let place = PathName.joined(folder, path)
        let bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            bytes = try BoundedFile.read(place, atMost: Self.greatestCanaryFileSize)
        } catch {
            report(
                MappingError(
                    file: file, line: marks.lines["gate.canaries"] ?? mark?.line, field: "gate.canaries",
                    message: "names \(place), which \(error.message)",
                    hint: error == .missing ? "the path is relative to the mapping file" : nil))
            return []
        }
        var canaries: [Canary] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        {
            let line = Array(line)
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            guard let canary = canary(line, at: number + 1, of: place) else { continue }
            if canaries.contains(where: { $0.name == canary.name }) {
                report(
                    MappingError(file: place, line: number + 1, field: "name", message: "is the name of two canaries"))
            }
            canaries.append(canary)
        }
        if canaries.isEmpty, errors.isEmpty {
            report(
                MappingError(file: place, message: "holds no search", hint: #"{"name": "…", "search": {"query": {…}}}"#)
            )
        }
        return canaries
    }

    private func canary(_ line: [UInt8], at number: Int, of file: String) -> Canary? {
        func wrong(_ field: String?, _ message: String, _ hint: String? = nil) {
            report(MappingError(file: file, line: number, field: field, message: message, hint: hint))
        }
        do throws(JSONSyntaxError) {
            try JSONSyntax.check(line)
        } catch {
            report(
                MappingError(
                    file: file, line: number, column: error.column, message: "is not JSON: \(error.message)",
                    hint: error.hint))
            return nil
        }
        guard let json = try? JSONValue(parsing: line), let members = json.object else {
            wrong(nil, "is not a JSON object", #"{"name": "…", "search": {"query": {…}}}"#)
            return nil
        }
        requireKnown(members, ["name", "search", "expect"], wrong, within: nil)
        guard let name = members["name"]?.string, !name.isEmpty else {
            wrong("name", "is missing or not a text")
            return nil
        }
        guard let search = members["search"], search.object != nil else {
            wrong("search", "is missing or not an object: the body of _search")
            return nil
        }
        var canary = Canary(name: name, search: search)
        if let expect = members["expect"] {
            guard let expectations = expect.object else {
                wrong("expect", "is not an object")
                return nil
            }
            requireKnown(expectations, ["hits", "ordered", "minimum"], wrong, within: "expect")
            if let hits = expectations["hits"] {
                let ids = hits.array?.compactMap(\.string)
                if let ids, ids.count == hits.array?.count {
                    canary.expect.hits = ids
                } else {
                    wrong("expect.hits", "is not a list of _ids as texts", #"["42", "7"]"#)
                }
            }
            if let ordered = expectations["ordered"] {
                if let flag = ordered.bool {
                    canary.expect.isOrdered = flag
                } else {
                    wrong("expect.ordered", "is not true or false")
                }
            }
            if let minimum = expectations["minimum"] {
                if case .integer(let count) = minimum, count >= 0 {
                    canary.expect.minimum = Int(count)
                } else {
                    wrong("expect.minimum", "is not a whole number of hits")
                }
            }
        }
        return canary
    }

    private func requireKnown(
        _ members: [String: JSONValue], _ names: [String], _ wrong: (String?, String, String?) -> Void, within: String?
    ) {
        for name in members.keys.sorted() where !names.contains(name) {
            let nearest = NearestName.of(name, in: names).map { "did you mean \($0)?" }
            wrong(
                within.map { "\($0).\(name)" } ?? name, "is not a key of a canary\(within.map { "'s \($0)" } ?? "")",
                nearest ?? "its keys are \(names.joined(separator: ", "))")
        }
    }
}
