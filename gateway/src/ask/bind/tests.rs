use super::*;

fn parse(body: &str) -> Result<BindAsk, Refusal> {
    BindAsk::parse(body.as_bytes(), &Query::read(Some("accepts_incomplete=true")))
}
fn ok(more: &str) -> BindAsk {
    let body = format!(r#"{{"service_id":"s","plan_id":"p"{more}}}"#);
    parse(&body).unwrap_or_else(|refusal| panic!("{more}: {refusal:?}"))
}
fn whole(more: &str) -> Whole {
    ok(more).whole("s", "p", None).unwrap()
}

#[test]
fn the_adapter_gets_what_the_go_broker_gives_it() {
    for (more, json) in [
        ("", r#"{"app_guid":"","plan_id":"p","service_id":"s","parameters":{}}"#),
        (
            r#","bind_resource":{},"app_guid":null"#,
            r#"{"app_guid":"","plan_id":"p","service_id":"s","bind_resource":{},"parameters":{}}"#,
        ),
        (
            r#","app_guid":"a","bind_resource":{"app_guid":"a","space_guid":"sp","app_annotations":{"x":1},"route":""},
               "context":{"platform":"cloudfoundry","n":1.0},"parameters":{"b": 1.50},"more":1"#,
            r#"{"app_guid":"a","plan_id":"p","service_id":"s","bind_resource":{"app_guid":"a","space_guid":"sp"},"context":{"platform":"cloudfoundry","n":1.0},"parameters":{"b": 1.50}}"#,
        ),
        (
            r#","bind_resource":{"route":"r.example","backup_agent":true}"#,
            r#"{"app_guid":"","plan_id":"p","service_id":"s","bind_resource":{"route":"r.example","backup_agent":true},"parameters":{}}"#,
        ),
    ] {
        assert_eq!(whole(more).for_adapter, json);
    }
    assert!(whole(r#","bind_resource":{"backup_agent":true}"#).backup_agent);
    assert!(!whole(r#","bind_resource":{"backup_agent":false}"#).backup_agent);
}

#[test]
fn the_reader_is_the_app_else_the_client() {
    for (more, reader) in [
        ("", None),
        (r#","app_guid":"a""#, Some("mtls-app:a")),
        (
            r#","bind_resource":{"app_guid":"a","credential_client_id":"c"}"#,
            Some("mtls-app:a"),
        ),
        (
            r#","app_guid":"","bind_resource":{"credential_client_id":"c"}"#,
            Some("uaa-client:c"),
        ),
        (
            r#","app_guid":"a","bind_resource":{"app_guid":"b"}"#,
            Some("mtls-app:a"),
        ),
        (r#","bind_resource":{"route":"r"}"#, None),
    ] {
        assert_eq!(whole(more).reader.as_deref(), reader, "{more}");
    }
}

#[test]
fn sameness_is_what_the_binding_is_for_and_its_parameters() {
    let identity = |more: &str| ok(more).identity("s", "p").unwrap();
    let one = identity(r#","app_guid":"a","bind_resource":{"app_guid":"a","space_guid":"sp"},"parameters":{"b":1}"#);
    assert_eq!(
        identity(
            r#","parameters" : {"b": 1},"bind_resource":{"space_guid":"sp","app_annotations":{}},"context":{"x":1}, "app_guid":"a""#
        ),
        one
    );
    for other in [
        r#","app_guid":"b","bind_resource":{"space_guid":"sp"},"parameters":{"b":1}"#,
        r#","app_guid":"a","parameters":{"b":1}"#,
        r#","app_guid":"a","bind_resource":{"space_guid":"sp"},"parameters":{"b":1.0}"#,
        r#","app_guid":"a","bind_resource":{"space_guid":"sp"},"parameters":{"b":1},"predecessor_binding_id":"o""#,
    ] {
        assert_ne!(identity(other), one, "{other}");
    }
    assert_ne!(ok("").identity("s", "q").unwrap(), identity(""));
    let nothing = identity("");
    assert_eq!(
        identity(r#","bind_resource":{},"parameters":{},"app_guid":"""#),
        nothing
    );
}

#[test]
fn a_rotation_leaves_the_rest_to_its_predecessor() {
    let earlier = r#"{"app_guid":"a","plan_id":"p","service_id":"s","bind_resource":{"app_guid":"a","credential_client_id":"c"},"context":{"x":1},"parameters":{"n":1.50}}"#;
    let short = parse(r#"{"predecessor_binding_id":"old"}"#).unwrap();
    assert_eq!((&short.service_id, &short.plan_id), (&None, &None));
    assert_eq!(short.predecessor.as_ref().map(BindingId::as_str), Some("old"));
    let alike = ok(r#","predecessor_binding_id":"old""#).identity("s", "p").unwrap();
    assert_eq!(
        short.identity("s", "p").unwrap(),
        alike,
        "both forms are the same request"
    );
    let whole = short.whole("s", "p", Some(earlier)).unwrap();
    assert_eq!(
        (whole.for_adapter.as_str(), whole.reader.as_deref()),
        (earlier, Some("mtls-app:a"))
    );

    let more = ok(r#","predecessor_binding_id":"old","bind_resource":{"credential_client_id":"d"},"parameters":{}"#);
    let whole = more.whole("s", "p", Some(earlier)).unwrap();
    assert_eq!(whole.reader.as_deref(), Some("uaa-client:d"), "what is said counts");
    assert_eq!(
        whole.for_adapter,
        r#"{"app_guid":"","plan_id":"p","service_id":"s","bind_resource":{"credential_client_id":"d"},"context":{"x":1},"parameters":{}}"#
    );
    assert!(ok("").whole("s", "p", Some("{}")).is_none());
}

#[test]
fn what_is_wrong_is_named_and_never_repeated() {
    let ids = r#""service_id":"s","plan_id":"p""#;
    for (body, text) in [
        (r#"["s3cret"]"#.to_owned(), "must be a JSON object"),
        (r#"{"plan_id":"p"}"#.to_owned(), "service_id missing"),
        (r#"{"service_id":"s","plan_id":""}"#.to_owned(), "plan_id missing"),
        (
            format!(r#"{{{ids},"app_guid":{{"s3cret":1}}}}"#),
            "app_guid must be a string",
        ),
        (
            format!(r#"{{{ids},"bind_resource":"s3cret"}}"#),
            "bind_resource must be an object",
        ),
        (
            format!(r#"{{{ids},"bind_resource":{{"route":7}}}}"#),
            "bind_resource.route must be a string",
        ),
        (
            format!(r#"{{{ids},"bind_resource":{{"backup_agent":"s3cret"}}}}"#),
            "must be a boolean",
        ),
        (
            format!(r#"{{{ids},"bind_resource":{{"route":"a","route":"b"}}}}"#),
            "member twice",
        ),
        (
            format!(r#"{{{ids},"parameters":["s3cret"]}}"#),
            "parameters must be an object",
        ),
        (
            format!(r#"{{{ids},"predecessor_binding_id":"s3cret/.."}}"#),
            "predecessor_binding_id",
        ),
    ] {
        let Err(Refusal::Malformed(said)) = parse(&body) else {
            panic!("{body}")
        };
        assert!(said.contains(text) && !said.contains("s3cret"), "{body}: {said}");
    }
    assert!(parse(r#"{"predecessor_binding_id":7}"#).is_err() && parse(r#"{"predecessor_binding_id":""}"#).is_err());
}
