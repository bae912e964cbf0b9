/// The scripts of ``ConformanceTests`` that concern templates. None matches an index of anybody else.
enum ConformanceTemplates {
    static let scripts = [templates, components]

    private static let components = Conformance.Script(
        name: "components",
        steps: [
            Step("PUT", "/_index_template/@t", #"{"index_patterns":["@a*"],"composed_of":["@t"],"priority":900}"#),
            Step(
                "PUT", "/_component_template/@t",
                #"{"template":{"settings":{"index":{"number_of_replicas":1,"refresh_interval":"7s"}},"mappings":{"properties":{"q":{"type":"#
                    + #""keyword"}}},"aliases":{"@everything":{}}}}"#),
            Step("GET", "/_component_template/@t"), Step("GET", "/_component_template/@nope"),
            Step(
                "PUT", "/_index_template/@t",
                #"{"index_patterns":["@a*"],"composed_of":["@t"],"priority":900,"template":{"settings":{"number_of_replicas":0},"#
                    + #""aliases":{"x-@a":{}}}}"#),
            Step("GET", "/_index_template/@t"), Step("POST", "/_index_template/_simulate/@t"),
            Step("POST", "/_index_template/_simulate_index/@a1"), Step("PUT", "/@a"), Step("GET", "/@a"),
            Step("DELETE", "/_component_template/@t"), Step("DELETE", "/_index_template/@t"),
            Step("DELETE", "/_component_template/@t"),
            Step("DELETE", "/_component_template/@t"),
            Step("PUT", "/_template/@t", #"{"index_patterns":["@b*"],"order":1,"aliases":{"{index}-extra":{}}}"#),
            Step("PUT", "/@b", #"{"settings":{"index.hidden":true}}"#), Step("GET", "/@b"), Step("PUT", "/@b2"),
            Step("GET", "/@b2"),
            Step("DELETE", "/@b2"), Step("DELETE", "/_template/@t"),
            Step("PUT", "/@c", #"{"mappings":{"enabled":false}}"#),
            Step("PUT", "/@c/_doc/1", #"{"a":{"b":1},"a.b":"x"}"#),
            Step("GET", "/@c/_mapping"), Step("GET", "/@c/_doc/1"),
        ])

    private static let templates = Conformance.Script(
        name: "templates",
        steps: [
            Step(
                "PUT", "/_index_template/@t",
                #"{"index_patterns":["@a*"],"priority":500,"template":{"settings":{"number_of_replicas":0},"mappings":"#
                    + #"{"properties":{"q":{"type":"keyword"}}},"aliases":{"@al":{}}}}"#),
            Step("GET", "/_index_template/@t?filter_path=index_templates.index_template"),
            Step("GET", "/_index_template/@nope"),
            Step("POST", "/_index_template/_simulate/@nope"), Step("POST", "/_index_template/_simulate_index/@a"),
            Step("POST", "/_index_template/_simulate_index/@zz"),
            Step(
                "PUT", "/_template/@t",
                #"{"index_patterns":["@b*"],"order":1,"settings":{"number_of_replicas":0,"index.refresh_interval":"5s"},"#
                    + #""mappings":{"properties":{"q":{"type":"keyword"}}},"aliases":{"@tl":{}}}"#),
            Step("GET", "/_template/@t"), Step("GET", "/_template/@nope"),
            Step("POST", "/_index_template/_simulate_index/@b"),
            Step("PUT", "/@a", #"{"mappings":{"properties":{"r":{"type":"long"}}}}"#), Step("GET", "/@a"),
            Step("PUT", "/@b"),
            Step("GET", "/@b"), Step("PUT", "/@c"), Step("GET", "/@c"), Step("DELETE", "/_template/@t"),
            Step("DELETE", "/_template/@t"),
            Step("DELETE", "/_index_template/@t"), Step("DELETE", "/_index_template/@t"),
        ])
}
