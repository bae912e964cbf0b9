/// The one document of a mapping file as a tree.
///
/// YAML can be made to explode: by aliases (a few lines become gigabytes), by depth (recursion), by size. So aliases,
/// anchors and tags are refused, depth ends at 32, and the size was looked at before.
struct YAMLDocument {
    /// Deeper than any mapping; constants of `document.fields` may nest.
    static let greatestDepth = 32

    struct DoubledName {
        let path: String
        let mark: YAMLMark
        let firstLine: Int
    }

    /// nil for a file with nothing in it.
    let root: YAMLNode?
    /// Names that a section holds twice. The first one is kept.
    let doubledNames: [DoubledName]

    init(parsing bytes: [UInt8]) throws(YAMLSyntaxError) {
        guard let parser = YAMLParser.open(bytes) else {
            throw YAMLSyntaxError(message: "out of memory", mark: YAMLMark(line: 1, column: 1))
        }
        var builder = Builder(parser: parser)
        root = try builder.readDocument()
        doubledNames = builder.doubledNames
    }

    /// Turns events into nodes; recursion is bounded by `greatestDepth`.
    private struct Builder: ~Copyable {
        private var parser: YAMLParser
        private var depth = 0
        private var path: [String] = []
        private(set) var doubledNames: [DoubledName] = []

        init(parser: consuming YAMLParser) { self.parser = parser }

        mutating func readDocument() throws(YAMLSyntaxError) -> YAMLNode? {
            _ = try parser.next()
            guard case .documentStart = try parser.next().kind else { return nil }
            let root = try readNode(from: parser.next())
            _ = try parser.next()
            let end = try parser.next()
            guard case .streamEnd = end.kind else {
                throw YAMLSyntaxError(
                    message: "a second document begins here", mark: end.mark,
                    hint: "one file is one mapping: put it into a file of its own, without ---")
            }
            return root
        }

        private mutating func readNode(from event: YAMLEvent) throws(YAMLSyntaxError) -> YAMLNode {
            try refuseReferences(in: event)
            switch event.kind {
            case .scalar(let text, let style):
                return YAMLNode(content: .scalar(text, style: style), mark: event.mark)
            case .listStart: return YAMLNode(content: .list(try readList(from: event)), mark: event.mark)
            case .mapStart: return YAMLNode(content: .map(try readMap(from: event)), mark: event.mark)
            default: throw YAMLSyntaxError(message: "a value was expected here", mark: event.mark)
            }
        }

        private mutating func readList(from start: YAMLEvent) throws(YAMLSyntaxError) -> [YAMLNode] {
            try enter(start)
            defer { depth -= 1 }
            var items: [YAMLNode] = []
            while true {
                let event = try parser.next()
                if case .listEnd = event.kind { return items }
                items.append(try readNode(from: event))
            }
        }

        private mutating func readMap(from start: YAMLEvent) throws(YAMLSyntaxError) -> [YAMLNode.Member] {
            try enter(start)
            defer { depth -= 1 }
            var members: [YAMLNode.Member] = []
            var firstLines: [String: Int] = [:]
            while true {
                let event = try parser.next()
                if case .mapEnd = event.kind { return members }
                try refuseReferences(in: event)
                guard case .scalar(let name, _) = event.kind else {
                    throw YAMLSyntaxError(message: "a key must be a single word here", mark: event.mark)
                }
                path.append(name)
                let value = try readNode(from: parser.next())
                if let firstLine = firstLines[name] {
                    let dotted = path.joined(separator: ".")
                    doubledNames.append(DoubledName(path: dotted, mark: event.mark, firstLine: firstLine))
                } else {
                    firstLines[name] = event.mark.line
                    members.append(YAMLNode.Member(name: name, nameMark: event.mark, value: value))
                }
                path.removeLast()
            }
        }

        private mutating func enter(_ event: YAMLEvent) throws(YAMLSyntaxError) {
            depth += 1
            guard depth <= greatestDepth else {
                throw YAMLSyntaxError(message: "nested more than \(greatestDepth) deep", mark: event.mark)
            }
        }

        private func refuseReferences(in event: YAMLEvent) throws(YAMLSyntaxError) {
            let hint = "write the value out; a text that begins with & * or ! needs quotes"
            if case .alias(let name) = event.kind {
                throw YAMLSyntaxError(message: "the alias *\(name) is not allowed here", mark: event.mark, hint: hint)
            }
            if let anchor = event.anchor {
                throw YAMLSyntaxError(
                    message: "the anchor &\(anchor) is not allowed here", mark: event.mark, hint: hint)
            }
            if let tag = event.tag {
                throw YAMLSyntaxError(message: "the tag \(tag) is not allowed here", mark: event.mark, hint: hint)
            }
        }
    }
}
