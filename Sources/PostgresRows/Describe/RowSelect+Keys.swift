internal import ReindexCore

extension RowSelect {
    /// One array a key column with the keys of these rows: what a child's `$1`, `$2` … are bound to.
    func keyArrays(of rows: any RowStorage) -> [QueryParameter] {
        var arrays = keyTypes.map { BinaryArray(elements: $0) }
        unsafe withUnsafeTemporaryAllocation(of: FieldBytes.self, capacity: max(rows.columnCount, 1)) { fields in
            guard let base = fields.baseAddress else { return }
            for row in 0..<rows.rowCount {
                unsafe rows.copyFields(ofRow: row, to: base)
                for (index, column) in keyColumns.enumerated() {
                    let field = unsafe fields[column]
                    unsafe arrays[index].append(
                        field.start.map { unsafe UnsafeBufferPointer(start: $0, count: field.count) })
                }
            }
        }
        return zip(arrays, keyArrayTypes).map { .binary($0.bytes, type: $1) }
    }

    /// An array of one key column's values.
    func keyArray(of index: Int, values: [[UInt8]]) -> QueryParameter {
        var array = BinaryArray(elements: keyTypes[index])
        for value in values { unsafe value.withUnsafeBufferPointer { unsafe array.append($0) } }
        return .binary(array.bytes, type: keyArrayTypes[index])
    }

    /// The places of a range, bound by the key's own types, or as `tid`.
    func parameters(_ range: KeyRange) -> [QueryParameter] {
        let types = range.order == .physical ? [TypeOID.tupleID] : keyTypes
        let start: KeyPlace? =
            switch range.start {
            case .beginning: nil
            case .at(let place), .after(let place): place
            }
        var parameters = [start, range.through].compactMap { $0 }.flatMap { place in
            zip(place.values, types).map { QueryParameter.binary($0, type: $1) }
        }
        if case .changed(.time(_, let timestamp)) = range.selection {
            parameters.append(.text(timestamp, type: .inferred))
        }
        if case .between(let first, let last) = range.selection {
            for key in [first, last] { parameters += zip(key, keyTypes).map { .text($0, type: $1) } }
        }
        return parameters
    }
}
