internal import CYAML

/// What libyaml reports one after the other. Aliases, anchors, tags and second documents are for the caller to refuse.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case scalar(String, style: YAMLNode.ScalarStyle)
        case alias(String)
        case listStart, listEnd, mapStart, mapEnd
    }

    let kind: Kind
    let mark: YAMLMark
    let anchor: String?
    let tag: String?
}

/// libyaml's event parser over bytes in memory.
@safe struct YAMLParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// - Returns: nil when there is no memory for it.
    static func open(_ bytes: [UInt8]) -> YAMLParser? {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            return nil
        }
        // yaml_parser_set_input_string keeps the pointer until yaml_parser_delete: the bytes are copied to a place of our own.
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = unsafe input.initialize(fromContentsOf: bytes)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        return unsafe YAMLParser(parser: parser, input: input)
    }

    private init(parser: UnsafeMutablePointer<yaml_parser_t>, input: UnsafeMutableBufferPointer<UInt8>) {
        unsafe self.parser = unsafe parser
        unsafe self.input = unsafe input
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        // yaml_event_delete frees the strings: they are copied before it.
        defer { unsafe yaml_event_delete(&event) }
        return unsafe Self.copy(event)
    }

    private static func copy(_ event: yaml_event_t) -> YAMLEvent {
        var anchor: UnsafeMutablePointer<yaml_char_t>?
        var tag: UnsafeMutablePointer<yaml_char_t>?
        let kind: YAMLEvent.Kind
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias(unsafe text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            unsafe (anchor, tag) = unsafe (scalar.anchor, scalar.tag)
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(unsafe String(decoding: bytes, as: UTF8.self), style: unsafe style(scalar.style))
        case YAML_SEQUENCE_START_EVENT:
            unsafe (anchor, tag) = unsafe (event.data.sequence_start.anchor, event.data.sequence_start.tag)
            kind = .listStart
        case YAML_SEQUENCE_END_EVENT: kind = .listEnd
        case YAML_MAPPING_START_EVENT:
            unsafe (anchor, tag) = unsafe (event.data.mapping_start.anchor, event.data.mapping_start.tag)
            kind = .mapStart
        case YAML_MAPPING_END_EVENT: kind = .mapEnd
        default: kind = .streamEnd
        }
        let mark = unsafe YAMLMark(line: Int(event.start_mark.line) + 1, column: Int(event.start_mark.column) + 1)
        return unsafe YAMLEvent(kind: kind, mark: mark, anchor: text(anchor), tag: text(tag))
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLNode.ScalarStyle {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0) }
    }

    /// The parser's own words; they live in static memory of libyaml.
    private func syntaxError() -> YAMLSyntaxError {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "out of memory"
        // A reader error (bytes that are not UTF-8, control characters) has an offset in bytes and no mark.
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            let before = unsafe input.prefix(Int(parser.pointee.problem_offset))
            let line = unsafe before.count { $0 == UInt8(ascii: "\n") } + 1
            return YAMLSyntaxError(message: problem, mark: YAMLMark(line: line, column: 1), hasColumn: false)
        }
        let mark = unsafe parser.pointee.problem_mark
        return YAMLSyntaxError(message: problem, mark: YAMLMark(line: Int(mark.line) + 1, column: Int(mark.column) + 1))
    }
}

/// What is wrong with the YAML as such.
struct YAMLSyntaxError: Error {
    let message: String
    let mark: YAMLMark
    var hasColumn = true
    var hint: String?
}
