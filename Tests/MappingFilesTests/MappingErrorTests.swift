import MappingFiles
import Testing

/// Each wrong mapping with the exact text of what is said of it.
@Suite struct MappingErrorTests {
    @Test(
        arguments: [
            ("retian: {for: 1h}", ["products.yaml:4:1 retian: is not a key of a mapping (did you mean retain?)"]),
            (
                "watch: {for: 10x}\ngate: {canaries: canaries.ndjson}",
                [
                    "products.yaml:4:14 watch.for: is '10x', not a time of at least 1s, such as 500ms, 90s, 15m, 48h"
                ]
            ),
            (
                "load: {gzip: ture}",
                ["products.yaml:4:14 load.gzip: is 'ture', not auto, true or false (did you mean true?)"]
            ),
            ("load: {replicas: -1}", ["products.yaml:4:18 load.replicas: is '-1', not keep or a number from 0 to 20"]),
            ("max_rejected: many", ["products.yaml:4:15 max_rejected: is 'many', not a whole number of at least 0"]),
            (
                "verify: {content: 1}",
                ["products.yaml:4:19 verify.content: is '1', not none, all or a sample such as 1%"]
            ),
            ("writers: everyone", ["products.yaml:4:10 writers: is 'everyone', not none, alias, versioned"]),
            ("also: [a, a]", ["products.yaml:4:11 also: names a twice"]),
            ("also: products", ["products.yaml:4:7 also: names products, which is the alias already"]),
            ("also: []", ["products.yaml:4:7 also: is an empty list (name at least one, or remove the line)"]),
            (
                "load:",
                [
                    "products.yaml:4:6 load: is nothing, not a section (write its keys below it, indented, or as {key: value})"
                ]
            ),
            ("retain: {for: }", ["products.yaml:4:15 retain.for: has no value (give it one, or remove the line)"]),
            ("alias: again", ["products.yaml:4:1 alias: is here twice, first in line 1"]),
            ("document: {nulls: drop}", ["products.yaml:4:19 document.nulls: is 'drop', not omit or keep"]),
            (
                "document: {strict_values: yes}",
                ["products.yaml:4:27 document.strict_values: is 'yes', not true or false"]
            ),
            (
                "document: {omit: [a], fields: {b: a}}",
                [
                    "products.yaml:4:18 document.omit: leaves out a, which fields.b takes (a column that is renamed does not keep its own name: remove it from omit)"
                ]
            ),
            (
                "document: {fields: {b: a, b: c}}",
                ["products.yaml:4:27 document.fields.b: is here twice, first in line 4"]
            ),
            (
                "document: {fields: {b: a, b.c: d}}",
                [
                    "products.yaml:4:21 document.fields.b: is a value and, by b.c, an object too"
                ]
            ),
            (
                "document: {fields: {b..c: a}}",
                ["products.yaml:4:21 document.fields.b..c: has an empty name between its points"]
            ),
            (
                "document: {fields: {b: {geopoint: [x, y]}}}",
                [
                    "products.yaml:4:25 document.fields.b.geopoint: is not a key of document.fields.b (did you mean geo_point?)"
                ]
            ),
            (
                "document: {fields: {b: {geo_point: [x]}}}",
                [
                    "products.yaml:4:36 document.fields.b.geo_point: names 1 columns (two, the latitude first: {geo_point: [lat, lon]})"
                ]
            ),
            (
                "document: {fields: {b: {value: 007}}}",
                [
                    "products.yaml:4:32 document.fields.b.value: is '007', which as a number would change (quote it to keep it as text)"
                ]
            ),
            (
                "document: {children: {r: {query: select 1 where a = any($1)}}}",
                [
                    "products.yaml:4:26 document.children.r.parent: is missing (the column of the query that holds the parent's key)"
                ]
            ),
            (
                "document: {children: {r: {query: select 1 where $10, parent: a}}}",
                [
                    "products.yaml:4:34 document.children.r.query: has no $1 (without it every child is read for every batch: where product_id = any($1))"
                ]
            ),
            (
                "document: {children: {r: {query: 'select $1, $2', parent: [a, b]}}}",
                [
                    "products.yaml:4:59 document.children.r.parent: names 2 columns and source.key 1 (a child names one column for each of the key's, in its order)"
                ]
            ),
            (
                "document: {version: revision}",
                [
                    "products.yaml:4:21 document.version: goes only with writers: versioned (remove it, or write writers: versioned where the application's versions rule)"
                ]
            ),
            (
                "writers: versioned",
                [
                    "products.yaml:4:10 writers: is versioned, and document.version is missing (name the column that holds the application's version: document: {version: revision})"
                ]
            ),
            (
                "writers: versioned\ndocument: {version: v}\nverify: {content: 1%}",
                [
                    "products.yaml:6:19 verify.content: contradicts writers: versioned, with which all content is always compared (remove it, or write all)"
                ]
            ),
            (
                "catch_up: {by: xmin, changed_at: a}",
                [
                    "products.yaml:4:34 catch_up.changed_at: contradicts by: xmin (keep one of the two)"
                ]
            ),
            (
                "catch_up: {by: changed_at}",
                [
                    "products.yaml:4:16 catch_up.by: needs the column that says when a row changed (catch_up: {changed_at: updated_at})"
                ]
            ),
            (
                "catch_up: {by: xmin}\ndocument: {children: {r: {query: select $1, parent: p}}}",
                [
                    "products.yaml:4:16 catch_up.by: is xmin, which does not see changes of document.children (auto or content)"
                ]
            ),
            (
                "gate: {canaries: none.ndjson}",
                [
                    "products.yaml:4 gate.canaries: names none.ndjson, which is not there (the path is relative to the mapping file)"
                ]
            ),
            (
                "gate: {canaries: canaries.ndjson, load: {rate: 9, spike: 8, steps: [50%, 10%]}}",
                [
                    "products.yaml:4:58 gate.load.spike: is below rate (it is the most searches a second that are tried)",
                    "products.yaml:4:68 gate.load.steps: is not a list of growing percentages ([10%, 50%, 100%])",
                ]
            ),
            (
                "watch: {for: 10m}",
                ["products.yaml:4:8 watch: has no searches: they are the gate's (add gate: {canaries: FILE})"]
            ),
            ("guard: {serach: {}}", ["products.yaml:4:9 guard.serach: is not a key of guard (did you mean search?)"]),
        ] as [(String, [String])])
    func `a wrong line is told with its place`(line: String, expected: [String]) throws {
        #expect(try errors(in: smallest + line + "\n") == expected)
    }

    @Test(
        arguments: [
            (
                "{table: a, query: select 1, key: id}",
                [
                    "products.yaml:3:27 source.query: stands beside table: only one of them can be read"
                ]
            ),
            (
                "{key: id}",
                [
                    "products.yaml:3:9 source: has neither table nor query (table: public.products, or query: with a SELECT)"
                ]
            ),
            (
                "{table: a}",
                [
                    "products.yaml:3:9 source.key: is missing (the column, or columns, that identify a row: unique and not null)"
                ]
            ),
            (
                "{table: a, key: []}",
                [
                    "products.yaml:3:25 source.key: is an empty list (name at least one, or remove the line)"
                ]
            ),
            ("{table: a, key: ''}", ["products.yaml:3:25 source.key: is empty"]),
            ("{table: a, key: [b, b]}", ["products.yaml:3:29 source.key: names b twice"]),
            (
                "{table: a.b.c, key: id}",
                [
                    "products.yaml:3:17 source.table: is 'a.b.c', not a table or schema.table (a name that itself holds a point needs query: select * from …)"
                ]
            ),
            (
                "{table: '\"A\"', key: id}",
                [
                    "products.yaml:3:17 source.table: holds a double quote (write the name as it is; it is quoted for you)"
                ]
            ),
            (
                "{table: select * from a, key: id}",
                [
                    "products.yaml:3:17 source.table: is a query, not a table's name (write query: instead of table:)"
                ]
            ),
            (
                "{query: 'select 1; ', key: id}",
                [
                    "products.yaml:3 source.query: ends in a semicolon (remove it: the query is read as part of a larger one)"
                ]
            ),
            ("{query: \"select 1\\0\", key: id}", ["products.yaml:3:17 source.query: holds a zero character"]),
            (
                "{table: a, key: id, readers: 0}",
                ["products.yaml:3:38 source.readers: is '0', not auto or a number from 1 to 64"]
            ),
            (
                "{table: a, key: id, order: by_key}",
                ["products.yaml:3:36 source.order: is 'by_key', not auto, key, physical"]
            ),
            (
                "{query: select 1, key: id}\ncatch_up: {by: xmin}",
                [
                    "products.yaml:4:16 catch_up.by: is xmin, which a query's rows do not have (auto, content or changed_at)"
                ]
            ),
            (
                "[a]",
                [
                    "products.yaml:3:9 source: is a list, not a section (write its keys below it, indented, or as {key: value})"
                ]
            ),
        ] as [(String, [String])])
    func `a wrong source is told with its place`(source: String, expected: [String]) throws {
        #expect(try errors(in: "alias: products\nbody: body.json\nsource: \(source)\n") == expected)
    }

    @Test(arguments: [
        ("a b", "a name may not hold a space"), ("-a", "a name may not begin with -"), ("a/b", "a name may not hold /"),
        ("reindex-writer-x", "reserved for this tool"), ("..", "not a name"),
    ])
    func `an alias that OpenSearch refuses is refused here`(alias: String, problem: String) throws {
        let text = "alias: \(alias)\nbody: body.json\nsource: {table: a, key: id}\n"
        #expect(try errors(in: text) == ["products.yaml:1:8 alias: is '\(alias)': \(problem)"])
    }

    @Test func `everything wrong is told at once, in the file's order`() throws {
        let text = "sorce: {table: a}\nwriters: all\nload: {gzp: auto}\n"
        #expect(
            try errors(in: text) == [
                "products.yaml:1:1 sorce: is not a key of a mapping (did you mean source?)",
                "products.yaml:1:1 alias: is missing (the name that the application searches: alias: products)",
                "products.yaml:1:1 body: is missing (a file with the index's settings and mappings: body: products.index.json)",
                "products.yaml:1:1 source: is missing (it names the rows: source: {table: public.products, key: id})",
                "products.yaml:2:10 writers: is 'all', not none, alias, versioned",
                "products.yaml:3:8 load.gzp: is not a key of load (did you mean gzip?)",
            ])
    }

    @Test func `no more than fifty errors are told, and how many more there are`() throws {
        let text = smallest + (1...80).map { "unknown\($0): 1\n" }.joined()
        let folder = try TemporaryMappings(["products.yaml": text])
        #expect {
            try folder.mapping()
        } throws: { error in
            let errors = error as? MappingErrors
            return errors?.errors.count == 50 && errors?.omittedCount == 30
        }
    }
}
