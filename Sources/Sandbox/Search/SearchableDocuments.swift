/// What searches see of a shard since its last refresh, with columns made as they are asked for.
///
/// Only ever used under the lock of ``Service``, which is why the columns may be kept here.
final class SearchableDocuments {
    /// In the order of their sequence numbers.
    let documents: [StoredDocument]
    private var columns: [String: Column] = [:]
    private var children: [String: NestedDocuments] = [:]

    init(_ documents: [StoredDocument]) { self.documents = documents }

    /// The values of a field, read once and kept.
    func column(_ path: String, _ field: Field, sources: [[String]]) -> Column {
        let key = "\(path) \(field.kind.rawValue) \(field.dateFormat.text)"
        if let column = columns[key] { return column }
        let column = Column(documents, field: field, sources: sources.map(FieldExtractor.init(_:)))
        columns[key] = column
        return column
    }

    /// The objects of a nested field as documents of their own.
    func nested(_ path: [String]) -> NestedDocuments {
        let key = path.joined(separator: ".")
        if let documents = children[key] { return documents }
        let nested = NestedDocuments(of: documents, path: path)
        children[key] = nested
        return nested
    }
}

/// The objects of one nested field, each with the place of the document that it is part of.
final class NestedDocuments {
    let objects: SearchableDocuments
    let parents: [Int]

    init(of documents: [StoredDocument], path: [String]) {
        var objects: [StoredDocument] = []
        var parents: [Int] = []
        for (place, document) in documents.enumerated() {
            var parser = JSONParser(document.source)
            guard let root = try? parser.parseNext() else { continue }
            for object in NestedDocuments.objects(in: root, at: path[...]) {
                // Names inside stay whole names: the object is put back under its path.
                let wrapped = path.reversed().reduce(object) { .object(JSONObject([.init(key: $1, value: $0)])) }
                objects.append(
                    StoredDocument(
                        id: document.id, routing: nil, source: JSONWriter.bytes(wrapped), version: 0, sequenceNumber: 0)
                )
                parents.append(place)
            }
        }
        self.objects = SearchableDocuments(objects)
        self.parents = parents
    }

    private static func objects(in json: JSON, at path: ArraySlice<String>) -> [JSON] {
        guard let name = path.first else { return json.flattened.filter { $0.object != nil } }
        return json.flattened.flatMap { element in element[name].map { objects(in: $0, at: path.dropFirst()) } ?? [] }
    }
}

/// The values of one field for each document, and for each value the documents that have it.
final class Column {
    /// Words for text, in their order; values as they came for the rest.
    let values: [[FieldValue]]
    private(set) lazy var postings: [FieldValue: [Int32]] = {
        var postings: [FieldValue: [Int32]] = [:]
        for (place, values) in values.enumerated() {
            for value in values where postings[value]?.last != Int32(place) {
                postings[value, default: []].append(Int32(place))
            }
        }
        return postings
    }()
    /// Documents that have a value at all.
    private(set) lazy var filledCount = values.count { !$0.isEmpty }
    /// The mean number of words in the documents that have one.
    private(set) lazy var meanLength = Float(values.reduce(0) { $0 + $1.count }) / Float(max(filledCount, 1))

    fileprivate init(_ documents: [StoredDocument], field: Field, sources: [FieldExtractor]) {
        values = documents.map { document in
            sources.flatMap { $0.values(in: document.source) }.flatMap { value -> [FieldValue] in
                if field.kind.isObject || field.kind == .flatObject { return [.whole(1)] }
                if field.kind.isText { return Words.split(value.text ?? "").map { .text($0) } }
                return FieldValue(value, field: field).map { [$0] } ?? (field.kind.isOpaque ? [.whole(1)] : [])
            }
        }
    }
}

extension FieldKind {
    /// Nothing but `exists` is known of these.
    fileprivate var isOpaque: Bool { [.geoPoint, .geoShape].contains(self) || rangeOf != nil }
}
