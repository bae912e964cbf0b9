import Testing

/// The scripts of ``ConformanceTests``. Indices are called `@a` to `@e`, templates `@t`: these are cleared away.
enum Conformance {
    struct Script: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: [Step]

        var testDescription: String { name }
    }

    static let scripts =
        [indices, settings, aliases, bulk, versions, fence, malformedBulks, documents, searches]
        + ConformanceTemplates.scripts + ConformanceMappings.scripts

    private static let body = """
        {"settings":{"number_of_replicas":0,"index.hidden":true,"refresh_interval":"-1"},"mappings":{"dynamic":"strict",\
        "_meta":{"x":1},"properties":{"total":{"type":"long"},"t":{"type":"text"},"sf":{"type":"scaled_float",\
        "scaling_factor":100}}},"aliases":{"@alias":{"is_write_index":true}}}
        """

    private static let indices = Script(
        name: "indices",
        steps: [
            Step("PUT", "/@a", body), Step("PUT", "/@a", "{}"), Step("PUT", "/@UPPER", "{}"),
            Step("PUT", "/@alias", "{}"),
            Step("PUT", "/@b", #"{"settings":{"index":{"number_of_shards":"2","number_of_replicas":0}}}"#),
            Step("GET", "/@a"), Step("GET", "/@a?flat_settings=true"), Step("GET", "/@a/_settings"),
            Step("GET", "/@a/_mapping"), Step("GET", "/@b/_mapping"), Step("GET", "/@none"), Step("GET", "/@a,@none"),
            Step("GET", "/@*"), Step("GET", "/@b*"), Step("GET", "/@x*"), Step("GET", "/@x*?allow_no_indices=false"),
            Step("GET", "/@a?expand_wildcards=all"), Step("GET", "/@none?ignore_unavailable=true"),
            Step("PUT", "/@c", #"{"nonsense":1}"#), Step("PUT", "/@c", #"{"nonsense"#), Step("PUT", "/@c", "[]"),
            Step("PUT", "/@c", #"{"settings":{"nonsense":1}}"#),
            Step("PUT", "/@c", #"{"settings":{"number_of_shards":"x"}}"#),
            Step("PUT", "/@c", #"{"settings":{"number_of_shards":0}}"#), Step("PUT", "/@c%23", "{}"),
            Step("PUT", "/-@c", "{}"),
            Step("DELETE", "/@alias"), Step("DELETE", "/@none"), Step("DELETE", "/@none?ignore_unavailable=true"),
            Step(
                "GET", "/_cluster/health/@a?wait_for_status=green&timeout=5s&filter_path=status,timed_out,active_shards"
            ),
            Step("GET", "/_cluster/health/@none?wait_for_status=yellow&timeout=100ms&filter_path=status,timed_out"),
            Step("GET", "/_cat/indices/@b?format=json"), Step("POST", "/@a/_refresh"), Step("POST", "/@none/_refresh"),
            Step("POST", "/@a/_flush"), Step("POST", "/@a/_forcemerge?max_num_segments=1"), Step("DELETE", "/@a,@b"),
        ])

    private static let settings = Script(
        name: "settings",
        steps: [
            Step("PUT", "/@a", #"{"settings":{"number_of_replicas":0}}"#),
            Step("PUT", "/@a/_settings", #"{"index":{"refresh_interval":"-1"}}"#),
            Step("PUT", "/@a/_settings", #"{"refresh_interval":"5s","index.gc_deletes":"1h"}"#),
            Step("GET", "/@a/_settings?flat_settings=true"), Step("GET", "/@a/_settings/index.gc*"),
            Step("PUT", "/@a/_settings", #"{"index.number_of_shards":3}"#),
            Step("PUT", "/@a/_settings", #"{"index.nonsense":3}"#), Step("PUT", "/@none/_settings", #"{"index":{}}"#),
            Step("PUT", "/@a/_settings", #"{"index":{"refresh_interval":null}}"#),
            Step("GET", "/@a/_settings?flat_settings"),
            Step("PUT", "/@a/_settings", #"{"index.blocks.write":true}"#), Step("PUT", "/@a/_doc/1", "{}"),
            Step("PUT", "/@a/_settings", #"{"index.blocks.write":false,"index.hidden":true}"#),
            Step("GET", "/@*/_settings"),
            Step("PUT", "/@a/_settings", #"{"index.blocks.read_only_allow_delete":true}"#),
            .bulk("/@a/_bulk", #"{"index":{"_id":"1"}}"#, "{}", #"{"delete":{"_id":"1"}}"#),
        ])

    private static let aliases = Script(
        name: "aliases",
        steps: [
            Step("PUT", "/@a", #"{"aliases":{"@w":{"is_write_index":true}}}"#), Step("PUT", "/@b"),
            Step("GET", "/_alias/@w"), Step("GET", "/_alias/@nope"), Step("GET", "/@a/_alias/@nope"),
            Step("GET", "/@none/_alias"),
            Step("GET", "/@a,@b/_alias"), Step("GET", "/_alias/@w,@nope"), Step("GET", "/_alias/@w*"),
            Step("GET", "/_alias/@x*"),
            Step("POST", "/_aliases", #"{"actions":[{"remove":{"index":"@a","alias":"@z","must_exist":true}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"remove":{"index":"@a","alias":"@z"}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"remove":{"index":"@a","alias":"@z","must_exist":false}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"remove":{"index":"@none","alias":"@z","must_exist":true}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"remove":{"index":"@b","alias":"@w","must_exist":true}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"add":{"index":"@none","alias":"@z"}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"add":{"index":"@b","alias":"@w"}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"remove":{"index":"@b","alias":"@w"}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"add":{"index":"@b","alias":"@a"}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"add":{"index":"@b","alias":"bad name"}}]}"#),
            Step("POST", "/_aliases", #"{"actions":[]}"#),
            Step("POST", "/_aliases", #"{"actions":[{"remove_index":{"index":"@none"}}]}"#),
            Step(
                "POST", "/_aliases",
                #"{"actions":[{"add":{"index":"@b","alias":"@H","is_hidden":true,"routing":"1","filter":{"term":{"x":1}}}}]}"#
            ),
            Step("GET", "/@b/_alias"),
            // The last action fails, so the first two do not happen either.
            Step(
                "POST", "/_aliases",
                #"{"actions":[{"remove":{"index":"@a","alias":"@w","must_exist":true}},{"add":{"index":"@b","alias":"@w"}},"#
                    + #"{"remove":{"index":"@a","alias":"@nope","must_exist":true}}]}"#),
            Step("GET", "/_alias/@w"),
            Step(
                "POST", "/_aliases",
                #"{"actions":[{"remove":{"index":"@a","alias":"@w","must_exist":true}},"#
                    + #"{"add":{"index":"@b","alias":"@w","is_write_index":true}}]}"#),
            Step("GET", "/_alias/@w"), Step("PUT", "/@c"),
            Step("POST", "/_aliases", #"{"actions":[{"add":{"indices":["@a","@b"],"aliases":["@m","@n"]}}]}"#),
            Step("GET", "/@a,@b,@c/_alias"), Step("PUT", "/@m/_doc/1", "{}"),
            Step(
                "POST", "/_aliases",
                #"{"actions":[{"remove_index":{"index":"@c"}},{"add":{"index":"@a","alias":"@c"}}]}"#),
            Step("GET", "/@c/_alias"), Step("DELETE", "/@c"),
        ])

    private static let bulk = Script(
        name: "bulk",
        steps: [
            Step("PUT", "/@a", body),
            .bulk(
                "/@a/_bulk", #"{"index":{"_id":"1"}}"#, #"{"total":1}"#, #"{"index":{"_id":"2"}}"#, #"{"total":"abc"}"#,
                #"{"index":{"_id":"3"}}"#, #"{"nope":1}"#, #"{"create":{"_id":"1"}}"#, #"{"total":1}"#,
                #"{"delete":{"_id":"9"}}"#,
                #"{"delete":{"_id":"1"}}"#, #"{"index":{"_id":"1"}}"#, #"{"total":2}"#, #"{"index":{"_id":""}}"#, "{}"),
            .bulk(
                "/_bulk?filter_path=took,errors,items.*._id,items.*.status,items.*.error",
                #"{"index":{"_index":"@a","_id":"z"}}"#,
                "{}", #"{"index":{"_index":"@a","_id":"y"}}"#, #"{"x":1}"#),
            .bulk("/@a/_bulk?pipeline=_none", #"{"index":{"_id":"z"}}"#, "{}"),
            .bulk("/@b/_bulk", #"{"index":{"_id":"z"}}"#, #"{"made":true}"#), Step("GET", "/@b/_mapping"),
            .bulk("/@a/_bulk?refresh=true", #"{"index":{"_id":"z"}}"#, "{}"), Step("GET", "/@a/_count"),
            .bulk("/@alias/_bulk", #"{"index":{"_id":"through"}}"#, "{}"), Step("GET", "/@a/_doc/through"),
        ])

    private static let versions = Script(
        name: "versions",
        steps: [
            Step("PUT", "/@a", #"{"settings":{"number_of_replicas":0}}"#),
            .bulk(
                "/@a/_bulk", #"{"index":{"_id":"10","version":10,"version_type":"external_gte"}}"#, "{}",
                #"{"index":{"_id":"10","version":10,"version_type":"external_gte"}}"#, "{}",
                #"{"index":{"_id":"10","version":9,"version_type":"external_gte"}}"#, "{}",
                #"{"index":{"_id":"10","version":10,"version_type":"external"}}"#, "{}",
                #"{"delete":{"_id":"10","version":12,"version_type":"external_gte"}}"#,
                #"{"index":{"_id":"10","version":11,"version_type":"external_gte"}}"#, "{}",
                #"{"delete":{"_id":"10","version":11,"version_type":"external_gte"}}"#,
                #"{"index":{"_id":"10","if_seq_no":1,"if_primary_term":1}}"#, "{}",
                #"{"index":{"_id":"none","if_seq_no":1,"if_primary_term":1}}"#, "{}",
                #"{"delete":{"_id":"none","if_seq_no":1,"if_primary_term":1}}"#, #"{"index":{"_id":"10"}}"#, "{}",
                #"{"delete":{"_id":"10","version":12,"version_type":"external"}}"#,
                #"{"index":{"_id":"10","if_seq_no":3,"if_primary_term":1}}"#, #"{"a":1}"#,
                #"{"index":{"_id":"10","if_seq_no":3,"if_primary_term":1}}"#, #"{"a":2}"#,
                #"{"delete":{"_id":"10","if_seq_no":4,"if_primary_term":2}}"#, #"{"create":{"_id":"10"}}"#, "{}"),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z","version":-3,"version_type":"external"}}"#, "{}"),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z","version":3}}"#, "{}"),
            .bulk(
                "/@a/_bulk",
                #"{"index":{"_id":"z","version":3,"version_type":"external","if_seq_no":1,"if_primary_term":1}}"#, "{}"),
            .bulk("/@a/_bulk", #"{"create":{"_id":"z","version":3,"version_type":"external"}}"#, "{}"),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z","if_seq_no":3}}"#, "{}"),
            Step("PUT", "/@a/_doc/1?version=5&version_type=external", "{}"),
            Step("PUT", "/@a/_doc/1?version=5&version_type=external", "{}"),
            Step("DELETE", "/@a/_doc/1?version=4&version_type=external_gte"),
            Step("DELETE", "/@a/_doc/1?version=5&version_type=external_gte"),
            Step("DELETE", "/@a/_doc/1"), Step("GET", "/@a/_doc/1"),
        ])

    private static let fence = Script(
        name: "fence",
        steps: [
            Step("PUT", "/@a", #"{"settings":{"number_of_replicas":0},"aliases":{"@w":{}}}"#),
            .bulk("/@w/_bulk?require_alias=true", #"{"index":{"_id":"1"}}"#, "{}", #"{"delete":{"_id":"2"}}"#),
            .bulk("/@a/_bulk?require_alias=true", #"{"index":{"_id":"1"}}"#, "{}", #"{"delete":{"_id":"2"}}"#),
            .bulk("/@none/_bulk?require_alias=true", #"{"index":{"_id":"1"}}"#, "{}"),
            .bulk("/@none/_bulk?require_alias=true", #"{"delete":{"_id":"1"}}"#),
            .bulk("/@none/_bulk?require_alias=true", #"{"delete":{"_id":"1","if_seq_no":3,"if_primary_term":1}}"#),
            .bulk(
                "/@none/_bulk?require_alias=true", #"{"index":{"_id":"1"}}"#, "{}",
                #"{"delete":{"_id":"2","version":3,"version_type":"external"}}"#),
            Step("GET", "/@none"),
            .bulk("/@b/_bulk?require_alias=true", #"{"delete":{"_id":"2","version":3,"version_type":"external"}}"#),
            Step("GET", "/@b/_count"),
            .bulk("/_bulk", #"{"index":{"_index":"@none","_id":"z","require_alias":true}}"#, "{}"),
            Step("PUT", "/@none/_doc/1?require_alias=true", "{}"), Step("DELETE", "/@none/_doc/1"),
            Step("GET", "/@none/_doc/1"),
        ])

    private static let malformedBulks = Script(
        name: "malformed",
        steps: [
            Step("PUT", "/@a"), .bulk("/@a/_bulk", #"{"indx":{"_id":"z"}}"#, "{}"),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z","foo":1}}"#, "{}"),
            .bulk("/_bulk", #"{"index":{"_id":"z"}}"#, "{}"), .bulk("/@a/_bulk", #"{"index":{"_id":"z"}}"#),
            .bulk("/@a/_bulk", "garbage", "{}"),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z"}}"#, "garbage"),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z"}}"#, "[1]"),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z"}}"#, #"{"total":1,"total":2}"#),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z"}}"#, #"{"a":1} x"#),
            .bulk("/@a/_bulk", #"{"index":{"_id":"z"}}"#, ""), .bulk("/@a/_bulk", ""), Step("POST", "/@a/_bulk"),
            Step("POST", "/@a/_bulk", #"{"index":{"_id":"z"}}"# + "\n{}"),
            .bulk("/@a/_bulk", #"{"index":{"_id":"\#(String(repeating: "x", count: 513))"}}"#, "{}"),
            .bulk("/@a/_bulk", #"{"delete":{}}"#), .bulk("/@a/_bulk?pipeline=nope", #"{"index":{"_id":"z"}}"#, "{}"),
            .bulk("/@a/_bulk", "{}", "{}"), .bulk("/@a/_bulk", #"{"index":5}"#, "{}"),
            .bulk("/@UP/_bulk", #"{"index":{"_id":"z"}}"#, "{}"),
        ])

    private static let documents = Script(
        name: "documents",
        steps: [
            Step("PUT", "/@a", #"{"settings":{"number_of_replicas":0,"number_of_shards":1}}"#),
            Step("PUT", "/@a/_doc/1", #"{"a":1.50, "b":"x"}"#), Step("PUT", "/@a/_doc/1?refresh=true", #"{"a":2}"#),
            Step("PUT", "/@a/_doc/1?op_type=create", "{}"), Step("PUT", "/@a/_create/1", "{}"),
            Step("PUT", "/@a/_create/2", "{}"),
            Step("PUT", "/@a/_doc/1?if_seq_no=9&if_primary_term=1", "{}"), Step("PUT", "/@a/_doc/1?if_seq_no=1", "{}"),
            Step("PUT", "/@a/_doc/1?if_seq_no=1&if_primary_term=1", #"{"a":3.25}"#),
            Step("PUT", "/@a/_doc/3?routing=x", "{}"),
            Step("GET", "/@a/_doc/3"), Step("GET", "/@a/_doc/3?_source=false"), Step("GET", "/@a/_doc/nope"),
            Step("GET", "/@none/_doc/1"),
            Step("GET", "/@a/_source/1"), Step("GET", "/@a/_source/nope"), Step("GET", "/@a/_doc/1?_source=b"),
            Step("PUT", "/@a/_doc/5", #"{"a":"#), Step("PUT", "/@a/_doc/5"), Step("PUT", "/@a/_doc/a%2Fb%20c", "{}"),
            Step("GET", "/@a/_doc/a%2Fb%20c"), Step("DELETE", "/@a/_doc/2"), Step("DELETE", "/@a/_doc/2"),
            Step(
                "POST", "/_mget",
                #"{"docs":[{"_index":"@a","_id":"1"},{"_index":"@a","_id":"nope"},{"_index":"@none","_id":"1"},"#
                    + #"{"_index":"@a","_id":"3","_source":false}]}"#),
            Step("POST", "/@a/_mget", #"{"ids":["1","2"]}"#),
            Step("POST", "/@a/_mget?_source=false", #"{"ids":["1"]}"#),
            Step("POST", "/@a/_mget?filter_path=docs._id,docs._seq_no,docs.found", #"{"ids":["1","2"]}"#),
            Step("POST", "/@a/_mget", #"{"ids":[]}"#), Step("POST", "/_mget", #"{"docs":[{"_id":"1"}]}"#),
            // Four shards: where a document lies follows from OpenSearch's own hash, as its sequence number shows.
            Step("PUT", "/@b", #"{"settings":{"number_of_replicas":0,"number_of_shards":4}}"#),
            .bulk(
                "/@b/_bulk", #"{"index":{"_id":"1"}}"#, "{}", #"{"index":{"_id":"2"}}"#, "{}",
                #"{"index":{"_id":"3"}}"#, "{}",
                #"{"index":{"_id":"4"}}"#, "{}", #"{"index":{"_id":"5"}}"#, "{}", #"{"index":{"_id":"6"}}"#, "{}",
                #"{"index":{"_id":"product:ü"}}"#, "{}", #"{"index":{"_id":"7","routing":"tenant"}}"#, "{}"),
            Step("GET", "/@b/_doc/7"), Step("GET", "/@b/_doc/7?routing=tenant"),
        ])

    private static let searchBody =
        #"{"mappings":{"properties":{"n":{"type":"long"},"t":{"type":"text","fields":{"keyword":"#
        + #"{"type":"keyword"}}},"k":{"type":"keyword"},"p":{"type":"double"},"d":{"type":"date"},"ip":{"type":"ip"},"#
        + #""b":{"type":"boolean"},"r":{"type":"nested","properties":{"stars":{"type":"integer"},"who":{"type":"keyword"}}}}},"#
        + #""settings":{"number_of_replicas":0}}"#

    /// - Parameter parameters: a filter that leaves the values of a sort by `_doc` out: OpenSearch counts nested objects too.
    private static func search(_ body: String, _ parameters: String = "") -> Step {
        Step("POST", "/@a/_search" + parameters, body)
    }

    private static let searches = Script(
        name: "searches",
        steps: [
            Step("PUT", "/@a", searchBody),
            .bulk(
                "/@a/_bulk?refresh=true", #"{"index":{"_id":"1"}}"#,
                #"{"n":1,"t":"Red Shoe","k":"a","p":1.50,  "d":"2020-01-01","ip":"10.0.0.1","b":true,"r":[{"stars":5,"who":"x"}]}"#,
                #"{"index":{"_id":"2"}}"#,
                #"{"n":2,"t":"Red hat, big","k":"b","p":2.5,"d":"2020-01-02","r":[{"stars":1,"who":"x"},{"stars":5,"who":"y"}]}"#,
                #"{"index":{"_id":"3"}}"#,
                #"{"n":3,"t":"blue SHOE don't","k":["c","a"],"p":1e3,"d":"2020-01-03","b":false}"#,
                #"{"index":{"_id":"4"}}"#, #"{"t":"nothing","k":null}"#, #"{"index":{"_id":"5","routing":"q"}}"#,
                #"{"n":5,"z":{"y":1}}"#),
            search("{}"), search(#"{"query":{"match":{"t":"red shoe"}}}"#),
            search(#"{"query":{"match":{"t":{"query":"red shoe","operator":"and"}}}}"#),
            search(#"{"query":{"match":{"t":"don't"}}}"#), search(#"{"query":{"match":{"n":"3"}}}"#),
            search(#"{"query":{"match":{"n":"x"}}}"#),
            search(#"{"query":{"match":{"none":"3"}}}"#), search(#"{"query":{"match_phrase":{"t":"red shoe"}}}"#),
            search(#"{"query":{"multi_match":{"query":"red","fields":["t","k"]}}}"#),
            search(#"{"query":{"term":{"k":"a"}},"_source":false}"#),
            search(#"{"query":{"term":{"t.keyword":"Red Shoe"}},"version":true,"seq_no_primary_term":true}"#),
            search(#"{"query":{"term":{"b":true}},"_source":false}"#),
            search(#"{"query":{"term":{"ip":"10.0.0.1"}},"_source":false}"#),
            search(#"{"query":{"terms":{"n":[1,3]}},"_source":["n","r.stars"],"sort":[{"n":"desc"}]}"#),
            search(
                #"{"query":{"range":{"n":{"gt":1,"lte":5}}},"sort":[{"n":{"order":"asc"}}],"search_after":[2],"size":1}"#
            ),
            search(#"{"query":{"range":{"d":{"gte":"2020-01-02"}}},"sort":[{"d":"asc"}]}"#),
            search(#"{"query":{"range":{"p":{"lt":2.5}}},"_source":"p"}"#),
            search(
                #"{"query":{"bool":{"must":[{"match":{"t":"shoe"}}],"filter":[{"range":{"n":{"gte":1}}}],"must_not":{"term":{"k":"c"}}}}}"#
            ),
            search(
                #"{"query":{"bool":{"should":[{"term":{"k":"a"}},{"term":{"k":"b"}}]}},"sort":["_doc"]}"#,
                "?filter_path=hits.hits._id"),
            search(#"{"query":{"bool":{"should":[{"term":{"k":"a"}},{"term":{"n":3}}],"minimum_should_match":2}}}"#),
            search(#"{"query":{"bool":{"must_not":{"exists":{"field":"k"}}}}}"#),
            search(#"{"query":{"exists":{"field":"z"}}}"#),
            search(#"{"query":{"exists":{"field":"b"}},"sort":["_id"],"_source":false}"#),
            search(#"{"query":{"ids":{"values":["1","4"]}},"_source":false}"#),
            search(#"{"query":{"prefix":{"k":"a"}},"_source":false}"#),
            search(#"{"query":{"wildcard":{"t.keyword":"R*"}},"_source":false}"#),
            search(
                #"{"query":{"nested":{"path":"r","query":{"bool":{"must":[{"term":{"r.stars":5}},{"term":{"r.who":"x"}}]}}}},"_source":false}"#
            ),
            search(#"{"query":{"term":{"r.stars":5}}}"#),
            search(#"{"sort":[{"k":"asc"},{"n":"desc"}],"_source":false}"#),
            search(#"{"sort":[{"p":{"order":"desc","missing":"_first"}}],"_source":false}"#),
            search(#"{"sort":[{"none":"asc"}]}"#),
            search(#"{"sort":[{"t":"asc"}]}"#), search(#"{"query":{"nope":{}}}"#), search(#"{"nope":1}"#),
            search(#"{"size":10001}"#),
            search(
                #"{"from":1,"size":2,"sort":["_doc"],"_source":{"includes":["*"],"excludes":["r","z"]}}"#,
                "?filter_path=hits.hits._id,hits.hits._source"),
            search(#"{"size":0,"track_total_hits":false}"#), search(#"{"size":0,"track_total_hits":2}"#),
            Step("GET", "/@a/_search?filter_path=hits.hits._id,hits.total"),
            Step("GET", "/@a/_search?filter_path=hits.hits._source&size=3"),
            Step("GET", "/@none/_search"), Step("GET", "/@a/_count"),
            Step("POST", "/@a/_count", #"{"query":{"term":{"k":"a"}}}"#),
            Step("POST", "/@a/_count", #"{"size":1}"#), Step("GET", "/@none/_count"),
            Step(
                "POST", "/@a/_search?scroll=1m&filter_path=hits.hits._id,hits.total",
                #"{"size":3,"sort":["_doc"],"_source":false}"#),
            Step("POST", "/_search/scroll", #"{"scroll":"1m","scroll_id":"abc"}"#),
            Step("POST", "/@none/_search/point_in_time?keep_alive=1m"), Step("POST", "/@a/_search/point_in_time"),
            Step("POST", "/_search", #"{"pit":{"id":"abc","keep_alive":"1m"}}"#),
            search(#"{"pit":{"id":"abc","keep_alive":"1m"}}"#),
            search(
                #"{"size":1,"sort":[{"_doc":"desc"}],"_source":false,"track_total_hits":false}"#,
                "?filter_path=hits.hits._id"),
        ])
}
