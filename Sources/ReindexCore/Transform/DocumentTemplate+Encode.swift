extension DocumentTemplate: BatchEncoder {
    /// Writes an action line and a document for each row; rows that no document can be made of become rejections.
    package func encode(_ batch: RowBatch) -> EncodedBatch {
        encode(batch.fetched, rows: batch.firstRow..<batch.endRow, epoch: batch.epoch)
    }

    /// The exact action line and document of one row, for `preview`; or why there is none.
    package func preview(ofRow row: Int, in rows: FetchedRows, epoch: Epoch) -> Preview {
        let encoded = encode(rows, rows: row..<row + 1, epoch: epoch)
        if let rejection = encoded.rejections.first { return .rejected(rejection) }
        let text = unsafe encoded.body.withBytes(ofItems: 0..<1) { unsafe String(decoding: $0, as: UTF8.self) }
        let lines = text.split(separator: "\n")
        return .item(action: String(lines.first ?? ""), document: String(lines.last ?? ""))
    }

    package enum Preview: Sendable, Hashable {
        /// Both without their newline.
        case item(action: String, document: String)
        case rejected(Rejection)
    }

    private func encode(_ fetched: FetchedRows, rows: Range<Int>, epoch: Epoch) -> EncodedBatch {
        let parents = children.isEmpty ? nil : KeyTable(key, of: fetched.rows)
        let groups = zip(children, fetched.children).compactMap { child, rows in
            parents.map { ChildRows(rows, key: child.parent, parents: $0) }
        }
        let surroundings = RowSurroundings(children: groups, keepsNulls: keepsNulls)
        defer { surroundings.deallocate() }
        let body = BulkBody(capacity: expectedByteCount(of: fetched, rowCount: rows.count), from: .shared)
        let action = ActionLine(id: id, routing: routing, version: version, epoch: epoch)
        let hashes = keyHash.map { ItemHashes($0, hasRouting: routing != nil, capacity: rows.count) }
        return unsafe program.steps.withUnsafeBufferPointer { steps in
            unsafe program.literals.withUnsafeBufferPointer { literals in
                let empty: StaticString = ""
                let writer = unsafe ValueWriter(
                    body: body, steps: steps, literals: literals.baseAddress ?? empty.utf8Start, isStrict: isStrict,
                    hashes: hashes)
                return encode(fetched.rows, rows, action, writer, surroundings)
            }
        }
    }

    private func encode(
        _ storage: any RowStorage, _ rows: Range<Int>, _ action: ActionLine, _ start: ValueWriter,
        _ surroundings: RowSurroundings
    ) -> EncodedBatch {
        var writer = start
        var rejections: [Rejection] = []
        let fields = UnsafeMutablePointer<FieldBytes>.allocate(capacity: max(storage.columnCount, 1))
        defer { unsafe fields.deallocate() }
        for row in rows {
            unsafe storage.copyFields(ofRow: row, to: fields)
            let begin = writer.position, replaced = writer.replacedCount
            writer.depth = 1
            if let problem = unsafe action.write(of: fields, to: &writer) {
                writer.rewind(to: begin)
                unsafe rejections.append(rejection(problem, writer.failure, fields))
                continue
            }
            let idEnd = writer.position
            if let failed = unsafe writer.object(0..<program.rootCount, of: fields, row: row, surroundings) {
                let actionLine = writer.written(since: begin).prefix(idEnd - begin)
                writer.rewind(to: begin)
                writer.replacedCount = replaced
                unsafe rejections.append(rejection(atStep: failed, writer.failure, action: Array(actionLine), fields))
                continue
            }
            writer.out.put(UInt8(ascii: "\n"))
            writer.endItem()
        }
        writer.finish()
        return EncodedBatch(body: writer.body, rejections: rejections, replacedValues: writer.replacedCount)
    }

    /// Enough for most batches, so that the body seldom grows; memory that is not written to costs nothing.
    private func expectedByteCount(of fetched: FetchedRows, rowCount: Int) -> Int {
        let values = fetched.children.reduce(fetched.rows.byteCount) { $0 + $1.byteCount }
        let each = program.literals.count + 24 * columns.count + 128
        return values + values / 8 + rowCount * each + 64 * 1024
    }
}

// MARK: - Keys

extension DocumentTemplate {
    package func place(ofRow row: Int, in rows: FetchedRows) -> KeyPlace {
        unsafe withFields(ofRow: row, in: rows) { unsafe key.place(of: $0) }
    }

    package func keyIdentity(ofRow row: Int, in rows: FetchedRows) -> [UInt8] {
        unsafe withFields(ofRow: row, in: rows) { fields in
            var identity: [UInt8] = []
            unsafe key.appendIdentity(of: fields, to: &identity)
            return identity
        }
    }

    package func keyIdentity(of place: KeyPlace) -> [UInt8] { key.identity(of: place) }

    package func firstDoubledRow(in rows: FetchedRows, range: Range<Int>) -> Int? {
        var previous: [UInt8] = []
        var identity: [UInt8] = []
        let fields = UnsafeMutablePointer<FieldBytes>.allocate(capacity: max(rows.rows.columnCount, 1))
        defer { unsafe fields.deallocate() }
        for row in range {
            unsafe rows.rows.copyFields(ofRow: row, to: fields)
            identity.removeAll(keepingCapacity: true)
            unsafe key.appendIdentity(of: fields, to: &identity)
            if row > range.lowerBound, identity == previous { return row }
            swap(&identity, &previous)
        }
        return nil
    }

    private func withFields<Result>(
        ofRow row: Int, in rows: FetchedRows, _ use: (UnsafePointer<FieldBytes>) -> Result
    ) -> Result {
        let fields = UnsafeMutablePointer<FieldBytes>.allocate(capacity: max(rows.rows.columnCount, 1))
        defer { unsafe fields.deallocate() }
        unsafe rows.rows.copyFields(ofRow: row, to: fields)
        return unsafe use(fields)
    }
}
