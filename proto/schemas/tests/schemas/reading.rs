//! What `generate-plan-schemas` may say.

use chandler_schemas::{Parameters, PlanSchemas, Published};
use serde_json::{Value, json};

use crate::{ALL, DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019, DRAFT_2020, check, document, of, read};

#[test]
fn a_whole_document_is_taken_and_shown_as_it_came() {
    let of_this = |name: &str| json!({"$schema": DRAFT_4, "properties": {name: {"type": "string"}}, "x-ours": 1.0});
    let (create, update, bind) = (of_this("c"), of_this("u"), of_this("b"));
    let mut given = document(&create, &update, &bind);
    let expected = given.clone();
    given["service_instance"]["delete"] = json!({"parameters": {}});
    given["other"] = json!(1);
    let schemas = PlanSchemas::read(&given).unwrap();
    assert_eq!(schemas.to_osbapi(), expected);
    assert!(schemas.warnings().is_empty());
    for (what, name) in [
        (Parameters::Create, "c"),
        (Parameters::Update, "u"),
        (Parameters::Bind, "b"),
    ] {
        for (given, good) in [("c", name != "c"), ("u", name != "u"), ("b", name != "b")] {
            assert_eq!(schemas.check(what, &json!({given: 1})).is_ok(), good, "{what} {given}");
        }
    }
}

#[test]
fn each_of_the_three_has_to_be_there() {
    let fine = json!({"$schema": DRAFT_4});
    for missing in [Value::Null, json!({})] {
        let wrong = PlanSchemas::read(&document(&missing, &fine, &missing)).unwrap_err();
        let texts: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "Error validating plan schemas for instance create - failed validating schema - no JSON Schema provided",
                "Error validating plan schemas for binding create - failed validating schema - no JSON Schema provided",
            ]
        );
    }
    for nothing in [
        json!({}),
        json!([]),
        json!(null),
        json!("x"),
        json!({"service_instance": 1}),
    ] {
        let wrong = PlanSchemas::read(&nothing).unwrap_err();
        let whats: Vec<_> = wrong.iter().map(|it| it.what).collect();
        assert_eq!(whats, [Parameters::Create, Parameters::Update, Parameters::Bind]);
        assert!(wrong[1].to_string().contains("instance update - "), "{}", wrong[1]);
    }
    for other in [json!([]), json!(true), json!("{}")] {
        assert!(
            read(&other)
                .unwrap_err()
                .starts_with("schema does not conform to JSON Schema spec")
        );
    }
}

#[test]
fn the_version_must_be_named_and_is_the_one_that_is_used() {
    for draft in ALL {
        for name in [
            draft.trim_end_matches('#').to_owned(),
            format!("{}#", draft.trim_end_matches('#')),
        ] {
            let schemas = read(&json!({"$schema": name})).unwrap();
            assert_eq!(
                schemas.warnings().is_empty(),
                [DRAFT_4, DRAFT_6].contains(&draft),
                "{name}"
            );
            assert_eq!(
                schemas.to_osbapi()["service_instance"]["create"]["parameters"]["$schema"],
                name.as_str()
            );
        }
    }
    for other in [
        json!("http://json-schema.org/schema#"),
        json!("http://json-schema.org/draft-03/schema#"),
        json!("https://json-schema.org/draft-04/schema#"),
        json!("draft-04"),
        json!("http://example.com/mine"),
        json!(""),
        json!(4),
        json!(null),
    ] {
        let wrong = read(&json!({"$schema": other, "type": "object"})).unwrap_err();
        assert!(wrong.starts_with("only JSON Schema version"), "{wrong}");
    }
    assert!(
        read(&json!({"type": "object"}))
            .unwrap_err()
            .starts_with("only JSON Schema version")
    );
}

#[test]
fn a_part_may_not_be_in_another_version() {
    for other in [DRAFT_6, DRAFT_2020, "http://example.com/mine"] {
        let schema = of(DRAFT_4, json!({"properties": {"a": {"$schema": other}}}));
        assert!(read(&schema).is_err(), "{other}");
    }
    let same = of(
        DRAFT_4,
        json!({"properties": {"a": {"$schema": DRAFT_4}, "$schema": {"type": "string"}}}),
    );
    read(&same).unwrap();
}

/// By draft: what a keyword means there.
#[test]
fn each_version_has_its_own_rules() {
    let four = of(
        DRAFT_4,
        json!({"properties": {"n": {"maximum": 5, "exclusiveMaximum": true}}}),
    );
    assert!(check(&four, &json!({"n": 4})).is_ok());
    assert!(check(&four, &json!({"n": 5})).is_err());
    for draft in ALL {
        let number = of(draft, json!({"properties": {"n": {"exclusiveMaximum": 5}}}));
        let flag = of(
            draft,
            json!({"properties": {"n": {"maximum": 5, "exclusiveMaximum": true}}}),
        );
        assert_eq!(read(&number).is_ok(), draft != DRAFT_4, "{draft}");
        assert_eq!(read(&flag).is_ok(), draft == DRAFT_4, "{draft}");
        if draft != DRAFT_4 {
            assert!(check(&number, &json!({"n": 4})).is_ok());
            assert!(check(&number, &json!({"n": 5})).is_err());
        }
        // Spelled without the `#`, it is the same version.
        let bare = of(
            draft.trim_end_matches('#'),
            json!({"properties": {"n": {"maximum": 5, "exclusiveMaximum": true}}}),
        );
        assert_eq!(read(&bare).is_ok(), draft == DRAFT_4, "{draft}");

        let since = |keyword: Value, parameters: Value, first: &str| {
            let schema = of(draft, keyword.clone());
            let known = ALL.iter().position(|it| *it == draft) >= ALL.iter().position(|it| *it == first);
            assert_eq!(check(&schema, &parameters).is_err(), known, "{draft} {keyword}");
        };
        since(json!({"properties": {"a": {"const": 1}}}), json!({"a": 2}), DRAFT_6);
        since(json!({"propertyNames": {"maxLength": 1}}), json!({"ab": 2}), DRAFT_6);
        since(
            json!({"properties": {"a": {"contains": {"type": "string"}}}}),
            json!({"a": [2]}),
            DRAFT_6,
        );
        since(
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
            json!({"a": 2}),
            DRAFT_7,
        );
        since(json!({"dependentRequired": {"a": ["b"]}}), json!({"a": 2}), DRAFT_2019);
        since(
            json!({"dependentSchemas": {"a": {"required": ["b"]}}}),
            json!({"a": 2}),
            DRAFT_2019,
        );
        since(
            json!({"properties": {"a": {}}, "unevaluatedProperties": false}),
            json!({"b": 2}),
            DRAFT_2019,
        );
        since(
            json!({"properties": {"a": {"prefixItems": [{"type": "string"}]}}}),
            json!({"a": [2]}),
            DRAFT_2020,
        );
        let siblings = of(
            draft,
            json!({"definitions": {"a": {}}, "properties": {"a": {"$ref": "#/definitions/a", "type": "string"}}}),
        );
        let looked_at = draft == DRAFT_2019 || draft == DRAFT_2020;
        assert_eq!(check(&siblings, &json!({"a": 2})).is_err(), looked_at, "{draft}");
    }
    assert!(ALL.contains(&DRAFT_7));
}

#[test]
fn it_has_to_conform_to_its_metaschema() {
    for (schema, place) in [
        (json!({"type": "text"}), "/type"),
        (json!({"properties": {"a": {"minimum": "1"}}}), "/properties/a/minimum"),
        (json!({"required": []}), "/required"),
        (json!({"required": ["a", "a"]}), "/required"),
        (json!({"enum": []}), "/enum"),
        (json!({"enum": [1, 2, 1.0]}), "/enum"),
        (json!({"not": {"enum": [{}, {}]}}), "/not/enum"),
        (json!({"allOf": {}}), "/allOf"),
        (json!({"properties": {"a": 1}}), "/properties/a"),
        (json!({"maxLength": -1}), "/maxLength"),
    ] {
        let wrong = read(&of(DRAFT_4, schema)).unwrap_err();
        let start = format!("schema does not conform to JSON Schema spec: {place}: ");
        assert!(wrong.starts_with(&start), "{wrong}");
    }
    let everywhere = document(
        &of(DRAFT_4, json!({"type": 1})),
        &of(DRAFT_6, json!({"type": 1})),
        &of(DRAFT_2020, json!({"type": 1})),
    );
    assert_eq!(PlanSchemas::read(&everywhere).unwrap_err().len(), 3);
}

#[test]
fn patterns_have_to_compile() {
    for pattern in [
        "(",
        "[z-a]",
        "a{2,1}",
        "(?<n>a)(?<n>b)",
        "\\p{Nothing}",
        "(((a{1000}){1000}){1000}){1000}",
    ] {
        assert!(
            read(&of(DRAFT_4, json!({"properties": {"a": {"pattern": pattern}}}))).is_err(),
            "{pattern}"
        );
        assert!(
            read(&of(DRAFT_4, json!({"patternProperties": {pattern: {}}}))).is_err(),
            "{pattern}"
        );
        assert!(
            read(&of(DRAFT_4, json!({"definitions": {"a": {"pattern": pattern}}}))).is_err(),
            "{pattern}"
        );
    }
    let wrong = read(&of(DRAFT_4, json!({"patternProperties": {"^(?=a)": {}}}))).unwrap_err();
    assert!(wrong.contains("look-around"), "{wrong}");
    read(&of(
        DRAFT_4,
        json!({"properties": {"a": {"pattern": "^(?=.*[0-9])\\w{8,}$"}}}),
    ))
    .unwrap();
}

/// Characters, not bytes, and those of the shortest JSON.
#[test]
fn it_has_at_most_64_ki_characters() {
    let with = |text: &str, length: usize| of(DRAFT_4, json!({"description": text.repeat(length)}));
    let empty = with("", 0).to_string().len();
    for letter in ["a", "é"] {
        read(&with(letter, 65_536 - empty)).unwrap();
        let wrong = read(&with(letter, 65_537 - empty)).unwrap_err();
        assert_eq!(
            wrong,
            "schema is larger than 64KB: 65537 characters of JSON, 65536 are allowed"
        );
    }
}

#[test]
fn it_is_not_nested_without_end() {
    let deep = |levels: usize| (0..levels).fold(json!({}), |inner, _| json!({"not": inner}));
    read(&of(DRAFT_4, deep(100))).unwrap();
    assert!(read(&of(DRAFT_4, deep(300))).unwrap_err().contains("nested more than"));
}

#[test]
fn what_lies_on_the_bus_is_read_by_older_and_newer_releases() {
    let published = Published {
        schema: Published::SCHEMA,
        service_id: "s".into(),
        plan_id: "p".into(),
        plan_digest: "d".into(),
        at: 5,
        schemas: Some(json!({"service_instance": {}})),
        wrong: Vec::new(),
    };
    let mut text = serde_json::to_value(&published).unwrap();
    text["new"] = json!(1);
    assert_eq!(serde_json::from_value::<Published>(text).unwrap(), published);
    let bare = json!({"schema": 1, "service_id": "s", "plan_id": "p", "plan_digest": "d", "at": 9, "schemas": null, "wrong": ["x"]});
    let bare: Published = serde_json::from_value(bare).unwrap();
    assert_eq!((bare.schemas.clone(), bare.wrong.len()), (None, 1));
    assert!(!bare.says_the_same(&published));
    assert!(published.says_the_same(&Published {
        at: 77,
        ..published.clone()
    }));
}
