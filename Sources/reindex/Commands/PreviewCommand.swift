internal import MappingFiles
internal import ReindexCore

/// `reindex preview NAME --key 42`: the exact bulk action and document that one row becomes.
struct PreviewCommand {
    let request: PreviewRequest

    func run() async throws -> ExitCode {
        let mapping = try MappingFolder(path: request.common.mappings).mapping(named: request.name)
        do {
            // OpenSearch is not asked: what would be sent is decided by the row and the mapping alone.
            let source = PostgresPreview(mapping: mapping)
            let description = try await source.describe()
            let template = try DocumentTemplate(description: description, rules: mapping.document)
            let key = try request.keyValues(columnCount: description.keyColumns.count)
            guard let rows = try await source.row(key) else {
                throw Message.Carrier(
                    message: Message(
                        .dataWrong, "\(mapping.name) has no row with the key \(key.joined(separator: ", "))"))
            }
            return show(template.encode(batch(rows, template)), mapping)
        } catch let error as UsageError {
            throw error
        } catch {
            throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
        }
    }

    /// The epoch stands for the one that a run would allocate.
    private func batch(_ rows: FetchedRows, _ template: DocumentTemplate) -> RowBatch {
        RowBatch(
            fetched: rows, firstRow: 0, endRow: 1, epoch: Epoch(version: Clocks.system.wallMicroseconds()), slice: 0,
            end: template.place(ofRow: 0, in: rows))
    }

    private func show(_ encoded: EncodedBatch, _ mapping: Mapping) -> ExitCode {
        if let rejection = encoded.rejections.first {
            let column = rejection.column.map { "\($0): " } ?? ""
            Terminal.error(
                Message(.dataWrong, "this row becomes no document", "\(column)\(rejection.type): \(rejection.reason)")
                    .text)
            return .dataWrong
        }
        let text = unsafe encoded.body.withBytes(ofItems: 0..<1) { unsafe String(decoding: $0, as: UTF8.self) }
        Terminal.out(text)
        if encoded.replacedValues > 0 {
            Terminal.error(
                "\(Quantities.count(encoded.replacedValues, "value")) became null, for JSON cannot hold it\n")
        }
        return .done
    }
}
