import ReindexCore
import Testing

@Suite struct TemplateErrorTests {
    private func failure(_ change: (inout DocumentRules) -> Void) -> TemplateError? {
        var fixture = Fixture([
            "id": .base("int8"), "brand": .base("text"), "lat": .base("float8"), "payload": .base("jsonb"),
        ])
        change(&fixture.rules)
        do throws(TemplateError) {
            _ = try fixture.template()
            return nil
        } catch {
            return error
        }
    }

    @Test func `an unknown column is named with the nearest one`() {
        let error = failure { $0.fields = [.init(name: "x", value: .column("brnad"))] }
        #expect(error == TemplateError(.unknownColumn("brnad", nearest: "brand"), key: "document.fields.x"))
        #expect(
            failure { $0.omit = ["zzzzzz"] }
                == TemplateError(.unknownColumn("zzzzzz", nearest: nil), key: "document.omit"))
        #expect(failure { $0.id = ["idd"] }?.key == "document.id")
        #expect(failure { $0.routing = "nope" }?.key == "document.routing")
    }

    @Test func `one field is not made twice`() {
        let error = failure { $0.fields = [.init(name: "brand", value: .constant("x"))] }
        #expect(error == TemplateError(.doubledField("brand"), key: "document.fields.brand"))
    }

    @Test func `a dotted name does not nest under a value, before or after it`() {
        let after = failure { $0.fields = [.init(name: "brand.id", value: .column("lat"))] }
        #expect(after?.kind == .nestsUnderValue(field: "brand.id", value: "brand"))
        let before = failure {
            $0.fields = [.init(name: "a.b", value: .column("lat")), .init(name: "a", value: .constant(1))]
        }
        #expect(before?.kind == .nestsUnderValue(field: "a.b", value: "a"))
    }

    @Test(arguments: ["", "a..b", ".a", "a.", "_id"])
    func `a name that OpenSearch refuses is an error`(name: String) {
        #expect(failure { $0.fields = [.init(name: name, value: .constant(1))] }?.kind == .invalidName(name))
    }

    @Test func `types must suit what a column is used for`() {
        let id = failure { $0.id = ["payload"] }
        #expect(id?.kind == .unsuitableType(column: "payload", type: "jsonb", purpose: .id))
        let point = failure { $0.fields = [.init(name: "p", value: .geoPoint(latitude: "lat", longitude: "brand"))] }
        #expect(point?.kind == .unsuitableType(column: "brand", type: "text", purpose: .geoPoint))
        #expect(failure { $0.version = "brand" }?.key == "document.version")
    }
}
