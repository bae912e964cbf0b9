internal import ReindexCore

extension MappingReading {
    /// A body is written by hand: more than this is a mistake.
    static let greatestBodySize = 4 << 20

    /// The index body file, read and parsed; its errors name that file.
    func body(of file: MappingSection, in folder: String) -> Mapping.IndexBody? {
        guard let path = file.text("body") else { return nil }
        let place = PathName.joined(folder, path)
        let bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            bytes = try BoundedFile.read(place, atMost: Self.greatestBodySize)
        } catch {
            file.report(
                "names \(place), which \(error.message)", of: "body",
                hint: error == .missing ? "the path is relative to the mapping file" : nil)
            return nil
        }
        do throws(JSONSyntaxError) {
            try JSONSyntax.check(bytes)
        } catch {
            report(
                MappingError(
                    file: place, line: error.line, column: error.column, message: "is not JSON: \(error.message)",
                    hint: error.hint))
            return nil
        }
        guard let json = try? JSONValue(parsing: bytes) else {
            report(MappingError(file: place, message: "is not JSON"))
            return nil
        }
        let errorsBefore = errors.count
        checkBody(json, file: place)
        return errors.count == errorsBefore ? Mapping.IndexBody(path: path, json: json) : nil
    }

    private func checkBody(_ json: JSONValue, file: String) {
        guard let members = json.object else {
            report(
                MappingError(
                    file: file, message: "is not a JSON object", hint: "{\"settings\": {…}, \"mappings\": {…}}"))
            return
        }
        for name in members.keys.sorted() {
            switch name {
            case "settings", "mappings":
                if members[name]?.object == nil {
                    report(MappingError(file: file, field: name, message: "is not a JSON object"))
                }
            case "aliases":
                report(
                    MappingError(
                        file: file, field: name, message: "does not belong into the index body",
                        hint: "remove it: aliases move at the end of a run; name them as alias and also in \(self.file)"
                    ))
            default:
                let nearest = NearestName.of(name, in: ["settings", "mappings"]).map { "did you mean \($0)?" }
                report(
                    MappingError(
                        file: file, field: name, message: "is not a key of an index body",
                        hint: nearest ?? "its keys are settings and mappings"))
            }
        }
    }
}
