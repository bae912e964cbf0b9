/// One of the keys that hits are sorted by.
struct SortKey {
    enum Subject: Equatable { case score, document, id, field(String) }

    let subject: Subject
    let isDescending: Bool
    var missingIsFirst = false

    /// - Parameter json: the value of `sort`: a name, an object, or a list of these.
    static func keys(_ json: JSON) throws(APIError) -> [SortKey] {
        var keys: [SortKey] = []
        for element in json.elements {
            if let name = element.string {
                keys.append(SortKey(name, nil, missing: nil))
                continue
            }
            for member in element.object?.members ?? [] {
                for key in member.value.object?.keys ?? [] where !["order", "missing", "unmapped_type"].contains(key) {
                    throw .notImplemented("[\(key)] in a sort")
                }
                let order = member.value.text ?? member.value["order"]?.text
                keys.append(SortKey(member.key, order?.lowercased(), missing: member.value["missing"]?.text))
            }
        }
        return keys
    }

    /// The keys of the parameter `sort`, as in `field:desc,_doc`.
    static func keys(parameter: String) -> [SortKey] {
        parameter.split(separator: ",").map { part in
            let sides = part.split(separator: ":")
            return SortKey(sides.first.map(String.init) ?? "", sides.count > 1 ? String(sides[1]) : nil, missing: nil)
        }
    }

    private init(_ name: String, _ order: String?, missing: String?) {
        switch name {
        case "_score": subject = .score
        case "_doc": subject = .document
        case "_id": subject = .id
        default: subject = .field(name)
        }
        isDescending = order.map { $0 == "desc" } ?? (name == "_score")
        missingIsFirst = missing == "_first"
    }
}

/// A document that was found, before it is written.
struct Hit {
    let index: Index
    let document: StoredDocument
    let score: Float
    /// One value a key; nil where the document has none.
    var sort: [FieldValue?]
}

/// Puts hits in order.
struct SortOrder {
    let keys: [SortKey]

    /// A column and the kind of its field.
    typealias SortColumn = (column: Column, kind: FieldKind)

    /// Fills in what a hit is sorted by.
    func values(
        place: Int, _ documents: SearchableDocuments, score: Float, columns: [SortColumn?]
    ) -> [FieldValue?] {
        keys.indices.map { key in
            switch keys[key].subject {
            case .score: return .fraction(Double(score))
            case .document: return .whole(place)
            case .id: return .text(documents.documents[place].id)
            case .field:
                guard let column = columns[key] else { return nil }
                let values = column.column.values[place]
                return (keys[key].isDescending ? values.max() : values.min()) ?? missing(keys[key], column.kind)
            }
        }
    }

    /// What OpenSearch puts in the place of a missing number; a missing text stays a null.
    private func missing(_ key: SortKey, _ kind: FieldKind) -> FieldValue? {
        let isLargest = key.isDescending == key.missingIsFirst
        if kind.isWhole || kind.isDate || kind == .boolean { return .whole(isLargest ? .max : .min) }
        if kind.isFraction { return .fraction(isLargest ? .infinity : -.infinity) }
        return nil
    }

    /// The columns of the keys that are fields; a field without a mapping, or of text, cannot be sorted by.
    func columns(of documents: SearchableDocuments, in index: Index) throws(APIError) -> [SortColumn?] {
        var columns: [SortColumn?] = []
        for key in keys {
            guard case .field(let name) = key.subject else {
                columns.append(nil)
                continue
            }
            guard let target = FieldTarget(name, in: index.mapping) else {
                throw SearchFailure.error(
                    "query_shard_exception", "No mapping found for [\(name)] in order to sort on", index: index)
            }
            if target.field.kind.isText {
                throw SearchFailure.error(
                    "illegal_argument_exception",
                    "Text fields are not optimised for operations that require per-document field data like aggregations and "
                        + "sorting, so these operations are disabled by default. Please use a keyword field instead. "
                        + "Alternatively, set fielddata=true on [\(name)] in order to load field data by uninverting the "
                        + "inverted index. Note that this can use significant memory.", index: index)
            }
            columns.append((documents.column(name, target.field, sources: target.sources), target.field.kind))
        }
        return columns
    }

    func isBefore(_ left: [FieldValue?], _ right: [FieldValue?]) -> Bool {
        for key in keys.indices {
            switch (left[key], right[key]) {
            case (nil, nil): continue
            case (nil, _): return keys[key].missingIsFirst
            case (_, nil): return !keys[key].missingIsFirst
            case (let left?, let right?):
                if left < right { return !keys[key].isDescending }
                if right < left { return keys[key].isDescending }
            }
        }
        return false
    }
}
