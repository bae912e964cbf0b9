internal import CPostgres

/// A value for `$1`: bound, never pasted into the text.
struct QueryParameter: Sendable {
    var type: TypeOID
    /// nil is SQL null.
    var bytes: [UInt8]?
    var isBinary: Bool

    static func text(_ value: String?, type: TypeOID = .text) -> QueryParameter {
        QueryParameter(type: type, bytes: value.map { [UInt8]($0.utf8) }, isBinary: false)
    }

    static func binary(_ bytes: [UInt8], type: TypeOID) -> QueryParameter {
        QueryParameter(type: type, bytes: bytes, isBinary: true)
    }

    /// `{20,25}` as `oid[]`.
    static func oids(_ oids: some Sequence<TypeOID>) -> QueryParameter {
        .text("{" + oids.map { String($0.number) }.joined(separator: ",") + "}", type: .inferred)
    }
}

/// Parameters in the shape that libpq takes: four arrays of one length.
@safe struct BoundParameters {
    private let types: [Oid]
    private let lengths: [Int32]
    private let formats: [Int32]
    private let isNull: [Bool]
    /// The values one after the other, each with a zero byte behind it, which text format needs.
    private let bytes: [UInt8]

    init(_ parameters: [QueryParameter]) {
        types = parameters.map(\.type.number)
        lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
        formats = parameters.map { $0.isBinary ? 1 : 0 }
        isNull = parameters.map { $0.bytes == nil }
        bytes = parameters.flatMap { ($0.bytes ?? []) + [0] }
    }

    /// Lends count, types, values, lengths and formats for one call.
    func lend<Result>(
        _ use: (
            Int32, UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        unsafe bytes.withUnsafeBytes { buffer in
            var offset = 0
            let values = unsafe zip(lengths, isNull).map { length, isNull -> UnsafePointer<CChar>? in
                defer { offset += Int(length) + 1 }
                guard !isNull, let base = buffer.baseAddress else { return nil }
                return unsafe (base + offset).assumingMemoryBound(to: CChar.self)
            }
            return unsafe use(Int32(types.count), types, values, lengths, formats)
        }
    }
}
