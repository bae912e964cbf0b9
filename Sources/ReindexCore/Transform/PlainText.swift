/// A scalar as text for people and for ids, outside of any JSON; never in the loop over rows.
enum PlainText {
    /// What JSON has no form for is spelled too: `NaN`, `infinity`, `-0043-03-15`. A value that is none is `?`.
    static func of(_ value: BinaryValue, as step: EncodingStep) -> String {
        let body = BulkBody(capacity: ValueWriter.room(forValueOf: value.count))
        let none: StaticString = ""
        var writer = unsafe ValueWriter(
            body: body, steps: UnsafeBufferPointer(start: nil, count: 0), literals: none.utf8Start, isStrict: false)
        writer.spellsEverything = true
        writer.makeRoom(ValueWriter.room(forValueOf: value.count))
        guard writer.write(value, as: step) == .written else { return "?" }
        writer.endItem()
        writer.finish()
        let json = unsafe body.withBytes(ofItems: 0..<1) { unsafe [UInt8]($0) }
        guard json.first == UInt8(ascii: "\"") else { return String(decoding: json, as: UTF8.self) }
        return JSONScanner.unescaped(json[1..<json.count - 1]) ?? "?"
    }
}
