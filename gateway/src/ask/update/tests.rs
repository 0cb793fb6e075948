use super::*;

fn parse(body: &str) -> Result<UpdateAsk, Refusal> {
    parse_for(body, MaintenanceShown::Minimal)
}
fn parse_for(body: &str, shown: MaintenanceShown) -> Result<UpdateAsk, Refusal> {
    UpdateAsk::parse(body.as_bytes(), &Query::read(Some("accepts_incomplete=true")), shown)
}
fn ok(more: &str) -> UpdateAsk {
    parse(&format!(r#"{{"service_id":"s"{more}}}"#)).unwrap_or_else(|refusal| panic!("{more}: {refusal:?}"))
}

#[test]
fn the_adapter_gets_what_the_go_broker_gives_it() {
    for (more, json) in [
        (
            r#","plan_id":"p2","parameters":{"b": 1.50,"n":12345678901234567890},"context":{"n":1.0},
               "maintenance_info":{"version":"2","x":1},"user_id":"dropped",
               "previous_values":{"plan_id":"p1","service_id":"s","organization_id":"o","space_id":"sp","maintenance_info":{"version":"1"},"x":1}"#,
            r#"{"service_id":"s","plan_id":"p2","parameters":{"b": 1.50,"n":12345678901234567890},"previous_values":{"plan_id":"p1","service_id":"s","organization_id":"o","space_id":"sp","maintenance_info":{"version":"1"}},"context":{"n":1.0},"maintenance_info":{"version":"2","x":1}}"#,
        ),
        (
            r#","plan_id":"p2","previous_values":{"maintenance_info":null,"space_id":null}"#,
            r#"{"service_id":"s","plan_id":"p2","parameters":{},"previous_values":{"plan_id":"in force","service_id":"s","organization_id":"","space_id":""}}"#,
        ),
        (
            r#","plan_id":null,"parameters":null,"context":null,"maintenance_info":null,"previous_values":null"#,
            r#"{"service_id":"s","plan_id":"in force","parameters":{},"previous_values":{"plan_id":"in force","service_id":"s","organization_id":"","space_id":""}}"#,
        ),
    ] {
        assert_eq!(ok(more).for_adapter("in force").unwrap(), json);
    }
}

#[test]
fn what_is_sent_is_known_from_what_is_not() {
    for (more, plan, bare, version) in [
        ("", None, true, None),
        (r#","plan_id":"""#, None, true, None),
        (r#","plan_id":"p","parameters":{ }"#, Some("p"), true, None),
        (r#","parameters":{"a":null}"#, None, false, None),
        (r#","maintenance_info":{"version":"1"}"#, None, true, Some("1")),
    ] {
        let ask = ok(more);
        let got = (ask.plan_id.as_deref(), ask.bare, ask.maintenance);
        assert_eq!(got, (plan, bare, version.map(MaintenanceAsk::of_version)), "{more}");
    }
    let previous = |more: &str| ok(&format!(r#","previous_values":{more}"#)).previous_maintenance();
    assert_eq!(ok("").previous_maintenance(), None);
    assert_eq!(previous("null"), None);
    for nothing in ["{}", r#"{"maintenance_info":null}"#, r#"{"maintenance_info":{}}"#] {
        assert_eq!(previous(nothing), Some(MaintenanceAsk::default()), "{nothing}");
    }
    assert_eq!(
        previous(r#"{"maintenance_info":{"version":"1"}}"#),
        Some(MaintenanceAsk::of_version("1"))
    );
    // What the catalog shows counts, whatever of it is sent.
    let info = r#"{"private":"h"}"#;
    let both =
        format!(r#"{{"service_id":"s","maintenance_info":{info},"previous_values":{{"maintenance_info":{info}}}}}"#);
    assert!(matches!(parse(&both), Err(Refusal::Malformed(_))));
    let ask = parse_for(&both, MaintenanceShown::Full).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let facts = MaintenanceAsk {
        private: Some("h".into()),
        ..MaintenanceAsk::default()
    };
    assert_eq!(ask.previous_maintenance(), Some(facts.clone()));
    assert_eq!(ask.maintenance, Some(facts));
}

#[test]
fn the_identity_is_that_of_a_put_of_the_same() {
    let identity = |more: &str| ok(more).identity("p").unwrap();
    let plain = r#"{"parameters":{"a":1,"b":2},"plan_id":"p","service_id":"s"}"#;
    assert_eq!(identity(r#","parameters":{"b":2, "a":1},"context":{"x":1}"#), plain);
    assert_eq!(identity(r#","plan_id":"p","parameters":{"a":1,"b":2}"#), plain);
    assert_ne!(identity(r#","plan_id":"q","parameters":{"a":1,"b":2}"#), plain);
    assert_ne!(
        identity(r#","parameters":{"a":1.0,"b":2}"#),
        plain,
        "numbers as written"
    );
}

#[test]
fn what_is_malformed_is_refused_and_not_repeated() {
    for body in [
        "",
        "[]",
        "{",
        "{}",
        r#"{"service_id":""}"#,
        r#"{"service_id":5}"#,
        r#"{"service_id":"s","service_id":"s"}"#,
        r#"{"service_id":"s","plan_id":["s3cr3t"]}"#,
        r#"{"service_id":"s","parameters":["s3cr3t"]}"#,
        r#"{"service_id":"s","parameters":"s3cr3t"}"#,
        r#"{"service_id":"s","context":5}"#,
        r#"{"service_id":"s","maintenance_info":"1"}"#,
        r#"{"service_id":"s","maintenance_info":{}}"#,
        r#"{"service_id":"s","previous_values":[]}"#,
        r#"{"service_id":"s","previous_values":{"plan_id":7}}"#,
        r#"{"service_id":"s","previous_values":{"maintenance_info":7}}"#,
    ] {
        let Err(Refusal::Malformed(text)) = parse(body) else {
            panic!("{body}")
        };
        assert!(!text.is_empty() && !text.contains("s3cr3t"), "{body}: {text}");
    }
}
