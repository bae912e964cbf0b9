/// The scripts of ``ConformanceTests`` that concern mappings and the values that fields take.
enum ConformanceMappings {
    static let scripts = [definitions, strict, values, others, dynamic]

    private static let definitions = Conformance.Script(
        name: "definitions",
        steps: [
            Step("PUT", "/@a", #"{"mappings":{"properties":{"z":{"type":"keywordz"}}}}"#),
            Step("PUT", "/@a", #"{"mappings":{"properties":{"z":{}}}}"#),
            Step("PUT", "/@a", #"{"mappings":{"properties":{"k":{"type":"keyword","foo":1}}}}"#),
            Step("PUT", "/@a", #"{"mappings":{"foo":1}}"#), Step("PUT", "/@a", #"{"mappings":{"dynamic":"foo"}}"#),
            Step("PUT", "/@a", #"{"mappings":{"properties":{"t":{"type":"text","analyzer":"nope"}}}}"#),
            Step("PUT", "/@a", #"{"mappings":{"properties":{"t":{"type":"scaled_float"}}}}"#),
            Step(
                "PUT", "/@a",
                #"{"mappings":{"_meta":{"x":1},"properties":{"total":{"type":"long"},"a.b":{"type":"keyword"},"o":{"type":"object","#
                    + #""properties":{"x":{"type":"date","format":"yyyy-MM-dd"}}},"e":{"type":"object"},"en":{"type":"object","#
                    + #""enabled":false},"wc":{"type":"wildcard"},"t":{"type":"text","fields":{"raw":{"type":"keyword","#
                    + #""ignore_above":10}}}}}}"#),
            Step("GET", "/@a/_mapping"),
            Step(
                "PUT", "/@a/_mapping",
                #"{"_meta":{"y":2},"properties":{"new":{"type":"keyword"},"o":{"properties":{"y":{"type":"long"}}}}}"#),
            Step("PUT", "/@a/_mapping", #"{"properties":{"total":{"type":"keyword"}}}"#),
            Step("PUT", "/@a/_mapping", #"{"properties":{"z":{"type":"keywordz"}}}"#),
            Step("PUT", "/@a/_mapping", #"{"dynamic":"strict"}"#), Step("GET", "/@a/_mapping"),
            Step("PUT", "/@none/_mapping", "{}"),
        ])

    private static let strictBody = """
        {"settings":{"number_of_replicas":0},"mappings":{"dynamic":"strict","properties":{"total":{"type":"long"},"t":{"type":"text"},\
        "k":{"type":"keyword"},"d":{"type":"date"},"b":{"type":"boolean"},"ip":{"type":"ip"},"g":{"type":"geo_point"},\
        "f":{"type":"double"},"s":{"type":"short"},"sf":{"type":"scaled_float","scaling_factor":100},"o":{"properties":{"x":\
        {"type":"integer"}}},"n":{"type":"nested","properties":{"r":{"type":"integer"}}},"hf":{"type":"half_float"},\
        "by":{"type":"byte"},"fl":{"type":"float"}}}}
        """

    private static func documents(_ sources: [String]) -> [Step] { sources.map { .document("@a", $0) } }

    private static let strict = Conformance.Script(
        name: "strict",
        steps: [Step("PUT", "/@a", strictBody)]
            + documents([
                #"{"nope":1}"#, #"{"nope":null}"#, #"{"o":{"y":1}}"#, #"{"o.y":1}"#, #"{"o":5}"#, #"{"o":null}"#,
                #"{"o":[]}"#, #"{"o":[{"x":1},{"x":"q"}]}"#,
                #"{"o.x":"q"}"#, #"{"o.x":5}"#, #"{"n":5}"#, #"{"n":[{"r":1},{"r":"x"}]}"#, #"{"":1}"#, #"{" ":1}"#,
                #"{"a..b":1}"#, #"{".a":1}"#,
                #"{"a.":1}"#, #"{"_id":1}"#, #"{"total":01}"#, #"{"total":NaN}"#, #"{"t":"\ud800"}"#, #"{"k":[[1]]}"#,
            ]))

    private static let values = Conformance.Script(
        name: "values",
        steps: [Step("PUT", "/@a", strictBody)]
            + documents([
                #"{"total":"abc"}"#, #"{"total":1.5}"#, #"{"total":"12"}"#, #"{"total":9223372036854775808}"#,
                #"{"total":9223372036854775807}"#,
                #"{"total":true}"#, #"{"total":{"a":1}}"#, #"{"total":[1,"x"]}"#, #"{"total":null}"#, #"{"total":""}"#,
                #"{"total":1e3}"#,
                #"{"total":"1.7"}"#, #"{"s":40000}"#, #"{"by":200}"#, #"{"by":"200"}"#, #"{"s":"40000"}"#,
                #"{"by":"x"}"#, #"{"s":"x"}"#,
                #"{"o":{"x":3000000000}}"#, #"{"f":"NaN"}"#, #"{"f":"abc"}"#, #"{"f":true}"#, #"{"hf":70000}"#,
                #"{"fl":1e39}"#, #"{"fl":"1e39"}"#,
                #"{"sf":"x"}"#, #"{"sf":1e300}"#, #"{"b":"yes"}"#, #"{"b":1}"#, #"{"b":"true"}"#, #"{"b":""}"#,
                #"{"b":{}}"#, #"{"d":"nope"}"#,
                #"{"d":"2020-01-01"}"#, #"{"d":"2020-01-01T00:00:00.123456Z"}"#, #"{"d":123}"#, #"{"d":1.5}"#,
                #"{"d":true}"#, #"{"d":"2020-13-01"}"#,
                #"{"d":"12020-01-01"}"#, #"{"d":"+12020-01-01T00:00:00Z"}"#, #"{"d":"2020-01-01 00:00:00"}"#,
                #"{"d":"-0044-03-15"}"#,
                #"{"d":"20200101"}"#, #"{"d":"2020"}"#, #"{"d":"2020-01-01T25:00:00Z"}"#, #"{"d":"2020-02-30"}"#,
                #"{"d":"2020-01-01T10:00+02:00"}"#,
                #"{"d":""}"#, #"{"d":"-5"}"#, #"{"d":"2020-01-01T"}"#, #"{"d":"2020-1-1"}"#,
                #"{"d":"2020-01-01T10:00:00+0200"}"#, #"{"d":"2020-01-01T24:00:00Z"}"#,
                #"{"d":"2020-01-01T23:59:60Z"}"#, #"{"d":"0001-01-01"}"#, #"{"ip":"1.2.3.400"}"#, #"{"ip":"::1"}"#,
                #"{"ip":5}"#, #"{"ip":"10.0.0.0/8"}"#,
                #"{"ip":"::ffff:1.2.3.4"}"#, #"{"ip":"1:2:3:4:5:6:7:8"}"#, #"{"ip":"1:2:3"}"#, #"{"ip":""}"#,
                #"{"g":{"lat":1,"lon":2}}"#, #"{"g":"1,2"}"#,
                #"{"g":[1,2]}"#, #"{"g":{"lat":91,"lon":2}}"#, #"{"g":{"lat":1}}"#, #"{"g":"x"}"#,
                #"{"g":{"lat":"x","lon":2}}"#, #"{"g":{"lat":"1","lon":2}}"#,
                #"{"g":5}"#, #"{"g":"POINT (1 2)"}"#, #"{"g":{"lat":1,"lon":200}}"#, #"{"g":{"lat":1,"lon":2,"z":3}}"#,
                #"{"g":null}"#, #"{"g":[[1,2],[3,4]]}"#,
                #"{"g":{"lat":null,"lon":2}}"#, #"{"t":{"a":1}}"#, #"{"t":5}"#, #"{"k":{"a":1}}"#, #"{"k":[1,2]}"#,
                #"{"k":true}"#,
                #"{"k":"\#(String(repeating: "x", count: 40_000))"}"#,
            ]))

    private static let others = Conformance.Script(
        name: "others",
        steps: [
            Step(
                "PUT", "/@a",
                #"{"settings":{"number_of_replicas":0},"mappings":{"properties":{"dr":{"type":"date_range"},"ir":{"type":"integer_range"},"#
                    + #""bin":{"type":"binary"},"ul":{"type":"unsigned_long"},"dn":{"type":"date_nanos"},"df":{"type":"date","format":"#
                    + #""yyyy-MM-dd HH:mm:ss||epoch_second"},"lc":{"type":"long","coerce":false},"im":{"type":"long","ignore_malformed":true},"#
                    + #""fo":{"type":"flat_object"},"ipr":{"type":"ip_range"},"ia":{"type":"keyword","ignore_above":3},"en":{"type":"object","#
                    + #""enabled":false},"al":{"type":"alias","path":"im"}}}}"#)
        ]
            + documents([
                #"{"dr":{"gte":"x"}}"#, #"{"dr":"2020"}"#, #"{"dr":{"foo":1}}"#, #"{"ir":{"gte":1,"lt":"5"}}"#,
                #"{"ir":{"gte":"z"}}"#, #"{"bin":"AAAA"}"#,
                #"{"ul":18446744073709551615}"#, #"{"ul":-1}"#, #"{"dn":"2020-01-01T00:00:00.123456789Z"}"#,
                #"{"df":"2020-01-01 10:00:00"}"#,
                #"{"df":"2020-01-01"}"#, #"{"df":5}"#, #"{"lc":"5"}"#, #"{"lc":1.5}"#, #"{"im":"x"}"#,
                #"{"im":{"a":1}}"#, #"{"fo":{"a":1}}"#,
                #"{"ipr":"10.0.0.0/8"}"#, #"{"ia":"abcdef"}"#, #"{"en":5}"#, #"{"al":5}"#, #"{"dn":"2500-01-01"}"#,
            ]))

    private static let dynamic = Conformance.Script(
        name: "dynamic",
        steps: [
            Step(
                "PUT", "/@a/_doc/1",
                #"{"a":1,"s":"Hello","f":1.5,"b":true,"d":"2020-01-01","o":{"x":[1,2]},"e":[],"n":null,"oe":{},"p.q":1}"#
            ),
            Step("GET", "/@a/_mapping"), Step("PUT", "/@a/_doc/2", #"{"a":"x"}"#),
            Step("PUT", "/@a/_doc/2", #"{"a":[2,1.5]}"#),
            Step("PUT", "/@a/_doc/2", #"{"z":[2,1.5]}"#), Step("PUT", "/@a/_doc/2", #"{"s":{"x":1}}"#),
            Step("PUT", "/@a/_doc/2", #"{"o":1}"#),
            Step("PUT", "/@a/_doc/2", #"{"list":[{"x":1},{"y":"t"}],"o":{"new":{"deep":1}}}"#),
            Step("GET", "/@a/_mapping"),
            Step("PUT", "/@b", #"{"mappings":{"dynamic":false,"properties":{"o":{"dynamic":true,"properties":{}}}}}"#),
            Step("PUT", "/@b/_doc/1", #"{"a":1,"o":{"b":1}}"#), Step("GET", "/@b/_mapping"),
            Step(
                "PUT", "/@c",
                #"{"mappings":{"date_detection":false,"dynamic_templates":[{"s":{"match_mapping_type":"string","match":"k_*","mapping":{"type":"keyword"}}},"#
                    + #"{"i":{"path_match":"o.*","mapping":{"type":"{dynamic_type}"}}}]}}"#),
            Step("PUT", "/@c/_doc/1", #"{"k_a":"x","b":"2020-01-01","o":{"n":5}}"#), Step("GET", "/@c/_mapping"),
            Step("PUT", "/@d", #"{"settings":{"index.mapping.total_fields.limit":3}}"#),
            Step("PUT", "/@d/_doc/1", #"{"a":1,"b":1,"c":1,"d":1}"#),
        ])
}
