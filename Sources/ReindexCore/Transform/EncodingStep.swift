/// One thing to do for each row, of the flat list that a ``DocumentTemplate`` is compiled to.
///
/// Plain bits, without a reference or an existential, so that the loop over them costs nothing but its branches.
struct EncodingStep: Sendable {
    enum Operation: UInt8, Sendable {
        /// Literal, then the column's value, then a comma.
        case column
        /// Literal that opens an object.
        case open
        /// Closes it; where it stayed empty, its opening literal is taken back.
        case close
        /// A point of two columns, which are the steps `first` and `first + 1`.
        case geoPoint
        /// Literal, its comma included.
        case constant
        /// Literal, then an array of the rows of child `column`, each made by the steps from `first`.
        case children
    }

    enum Container: UInt8, Sendable { case none, array, range, multirange, composite }

    var operation: Operation
    var container = Container.none
    /// Where `container` is none.
    var scalar = ScalarForm.text
    /// Index into the row, or of the child.
    var column: Int32 = 0
    /// The bytes before the value, in the template's literals: `"title":`.
    var literalStart: Int32 = 0
    var literalCount: Int32 = 0
    /// The steps that this one is made of: an array's element, a composite's members, a child's fields.
    var first: Int32 = 0
    var count: Int32 = 0

    init(_ operation: Operation) { self.operation = operation }
}

/// The compiled form of steps and literals together while it is being built.
struct EncodingProgram: Sendable {
    /// The document's own steps come first, up to `rootCount`; those that they refer to follow.
    var steps: [EncodingStep] = []
    var rootCount = 0
    /// Followed by ``ByteCursor/overrun`` bytes of padding once it is complete.
    var literals: [UInt8] = []

    /// Adds bytes and says where they are.
    mutating func addLiteral(_ bytes: [UInt8], to step: inout EncodingStep) {
        step.literalStart = Int32(literals.count)
        step.literalCount = Int32(bytes.count)
        literals += bytes
    }

    /// Makes `step` the encoder of a shape, adding the steps of what it holds.
    mutating func compile(_ shape: ValueShape, into step: inout EncodingStep) {
        switch shape {
        case .scalar(let form): step.scalar = form
        case .array(let element): compileHeld([("", element)], as: .array, into: &step)
        case .range(let bound): compileHeld([("", bound)], as: .range, into: &step)
        case .multirange(let bound): compileHeld([("", .range(of: bound))], as: .multirange, into: &step)
        case .composite(let members):
            compileHeld(members.map { ($0.name, $0.shape) }, as: .composite, into: &step)
        }
    }

    private mutating func compileHeld(
        _ held: [(name: String, shape: ValueShape)], as container: EncodingStep.Container, into step: inout EncodingStep
    ) {
        step.container = container
        step.first = Int32(steps.count)
        step.count = Int32(held.count)
        steps += held.map { _ in EncodingStep(.column) }
        for (index, (name, shape)) in held.enumerated() {
            var member = EncodingStep(.column)
            if container == .composite { addLiteral(JSONText.memberPrefix(name), to: &member) }
            compile(shape, into: &member)
            steps[Int(step.first) + index] = member
        }
    }
}

/// JSON bytes of names and constants, made once when a template is compiled.
enum JSONText {
    static func string(_ text: String) -> [UInt8] {
        var bytes = [UInt8](ascii: "\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        return bytes + [UInt8(ascii: "\"")]
    }

    static func memberPrefix(_ name: String) -> [UInt8] { string(name) + [UInt8(ascii: ":")] }
}

extension [UInt8] {
    fileprivate init(ascii character: Unicode.Scalar) { self = [UInt8(ascii: character)] }
}
