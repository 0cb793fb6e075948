use super::*;
use chandler_proto::records::PlanCopy;
use std::time::Duration;

fn shelf() -> Shelf {
    let plan = PlanCopy {
        service_id: "s".into(),
        service_name: "S".into(),
        plan_id: "p".into(),
        plan_name: "P".into(),
        binding_with_dns: Vec::new(),
        lifecycle_errands: Default::default(),
        costs: Default::default(),
        later: Default::default(),
    };
    Shelf::of_plans([Offer {
        plan,
        maintenance_version: None,
        maintenance_digest: String::new(),
        is_maintained: false,
        facts: Default::default(),
        times: Default::default(),
        updatable: true,
        bindable: true,
        binding_deadline: Duration::from_secs(9),
        quotas: Default::default(),
    }])
}
fn parse(more: &str) -> Result<ProvisionAsk, Refusal> {
    let text = format!(r#" {{"service_id":"s","plan_id":"p","organization_guid":"o","space_guid":"sp"{more}}}"#);
    ProvisionAsk::parse(text.as_bytes(), &Query::read(Some("accepts_incomplete=true")), &shelf())
}
fn ok(more: &str) -> ProvisionAsk {
    parse(more).unwrap_or_else(|refusal| panic!("{more}: {refusal:?}"))
}

#[test]
fn the_adapter_gets_numbers_as_they_were_written() {
    let ask = ok(
        r#","parameters":{"b": 1.50, "a":12345678901234567890123},"context":{"platform":"x","n":1.0},"maintenance_info":{"version":"1","v":2.0},"app_guid":"dropped""#,
    );
    assert_eq!(
        ask.for_adapter,
        r#"{"service_id":"s","plan_id":"p","organization_guid":"o","space_guid":"sp","context":{"platform":"x","n":1.0},"parameters":{"b": 1.50, "a":12345678901234567890123},"maintenance_info":{"version":"1","v":2.0}}"#
    );
    assert_eq!(
        (ask.context.as_deref(), ask.maintenance),
        (
            Some(r#"{"platform":"x","n":1.0}"#),
            Some(MaintenanceAsk::of_version("1"))
        )
    );
    assert!(ask.asynchronous);
}

#[test]
fn sameness_is_service_plan_and_parameters() {
    let one = ok(r#","parameters":{"b":[1.0],"a":{"c":"\u0041"}}"#).identity;
    assert_eq!(
        one,
        r#"{"parameters":{"a":{"c":"A"},"b":[1.0]},"plan_id":"p","service_id":"s"}"#
    );
    assert_eq!(
        ok(r#","context":{"x":1},"maintenance_info":{"version":"2"}, "parameters" : { "a":{ "c":"A"} ,"b":[ 1.0 ]}"#)
            .identity,
        one
    );
    assert_ne!(
        ok(r#","parameters":{"b":[1],"a":{"c":"A"}}"#).identity,
        one,
        "a number that is written otherwise"
    );
    let none = ok("").identity;
    assert_eq!(ok(r#","parameters":{}"#).identity, none);
    assert_eq!(ok(r#","parameters":null"#).identity, none);
    assert!(ok("").for_adapter.ends_with(r#""parameters":{}}"#));
}

#[test]
fn what_is_wrong_is_named_and_never_repeated() {
    for (more, text) in [
        (r#","service_id":"s""#, "has a member twice"),
        (r#","parameters":"s3cret""#, "parameters must be an object"),
        (r#","context":["s3cret"]"#, "context must be an object"),
        (r#","maintenance_info":{}"#, "maintenance_info.version missing"),
        (r#","maintenance_info":{"version":"a","version":"b"}"#, "member twice"),
        (r#","parameters":{"s3cret":}"#, "not valid JSON"),
    ] {
        let Err(Refusal::Malformed(said)) = parse(more) else {
            panic!("{more}")
        };
        assert!(said.contains(text) && !said.contains("s3cret"), "{more}: {said}");
    }
    let deep = format!(r#","parameters":{{"a":{}1{}}}"#, "[".repeat(70), "]".repeat(70));
    assert!(matches!(parse(&deep), Err(Refusal::Malformed(text)) if text.contains("levels")));
    let fine = format!(r#","more":{}1{}"#, "[".repeat(5_000), "]".repeat(5_000));
    assert!(
        parse(&fine).is_ok(),
        "members that we don't know are ignored, whatever they hold"
    );
}
