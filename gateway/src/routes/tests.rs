use super::*;

fn call(method: Method, path: &str) -> Result<Call, Refusal> {
    find(&method, path).map_or(Err(Refusal::NoSuchPath), |matched| matched.call)
}

#[test]
fn methods_and_paths_lead_to_calls() {
    assert_eq!(call(Method::GET, "/v2/catalog"), Ok(Call::Catalog));
    assert_eq!(call(Method::HEAD, "/v2/catalog"), Ok(Call::Catalog));
    assert_eq!(call(Method::PUT, "/v2/service_instances/a"), Ok(Call::Provision));
    assert_eq!(call(Method::DELETE, "/v2/service_instances/a"), Ok(Call::Deprovision));
    assert_eq!(call(Method::PATCH, "/v2/service_instances/a"), Ok(Call::Update));
    assert_eq!(
        call(Method::GET, "/v2/service_instances/last_operation"),
        Ok(Call::Fetch),
        "an id like any other"
    );
    assert_eq!(
        call(Method::GET, "/v2/service_instances/a/last_operation"),
        Ok(Call::LastOperation)
    );
    let binding = "/v2/service_instances/a/service_bindings/b";
    assert_eq!(call(Method::PUT, binding), Ok(Call::Bind));
    assert_eq!(call(Method::HEAD, binding), Ok(Call::FetchBinding));
    assert_eq!(call(Method::DELETE, binding), Ok(Call::Unbind));
    assert_eq!(
        call(Method::GET, &format!("{binding}/last_operation")),
        Ok(Call::BindingLastOperation)
    );
    let managed = "/mgmt/service_instances/a";
    assert_eq!(call(Method::PATCH, managed), Ok(Call::Manage));
    assert_eq!(call(Method::GET, managed), Err(Refusal::NoSuchMethod("PATCH")));
    assert_eq!(
        call(Method::PATCH, binding),
        Err(Refusal::NoSuchMethod("GET, HEAD, PUT, DELETE"))
    );
    assert_eq!(
        call(Method::POST, "/v2/catalog"),
        Err(Refusal::NoSuchMethod("GET, HEAD"))
    );
    for unknown in [
        "/",
        "/v2",
        "/v2/",
        "/v2/catalog/",
        "/v3/catalog",
        "/v2/service_instances",
        "/v2/service_instances/",
        "/v2/service_instances//last_operation",
        "/v2/service_instances/a/b",
        "/v2/service_instances/a/service_bindings",
        "/v2/service_instances/a/service_bindings/",
        "/v2/service_instances//service_bindings/b",
        "/v2/service_instances/a/service_bindings//last_operation",
        "/v2/service_instances/a/service_bindings/b/c",
        "/V2/catalog",
        "/mgmt",
        "/mgmt/service_instances/a/b",
        "//v2/catalog",
    ] {
        assert_eq!(call(Method::GET, unknown), Err(Refusal::NoSuchPath), "{unknown}");
    }
}

#[test]
fn the_value_of_allow_is_what_is_served() {
    for route in ROUTES {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::POST,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            let served = call(
                method.clone(),
                &route.path.replace("{instance_id}", "a").replace("{binding_id}", "b"),
            )
            .is_ok();
            assert_eq!(
                served,
                route.allow.split(", ").any(|name| name == method.as_str()),
                "{method} {}",
                route.path
            );
        }
    }
}

#[test]
fn ids_are_decoded_once() {
    let id = |raw: &str| {
        find(&Method::GET, &format!("/v2/service_instances/{raw}"))
            .unwrap()
            .instance()
            .map(|id| id.to_string())
    };
    assert_eq!(id("a%2Db%5f.C"), Ok("a-b_.C".into()));
    for refused in [
        "a%2Fb",
        "a%252D",
        "%",
        "%zz",
        "%ff",
        "%C3%A4",
        "a+b",
        "..",
        ".",
        "%2e%2E",
        "a%0d%0ab",
        "a%00",
        &"x".repeat(201),
    ] {
        assert!(matches!(id(refused), Err(Refusal::Malformed(_))), "{refused}");
    }
    assert!(id(&"x".repeat(200)).is_ok());
}

#[test]
fn a_binding_has_two_ids_decoded_once() {
    let path = "/v2/service_instances/i%2Db/service_bindings/service%5Fbindings";
    let matched = find(&Method::GET, path).unwrap();
    assert_eq!(matched.instance().unwrap().as_str(), "i-b");
    assert_eq!(matched.binding().unwrap().as_str(), "service_bindings");
    for refused in ["..", "a%2Fb", "%00", &"x".repeat(201)] {
        let path = format!("/v2/service_instances/i/service_bindings/{refused}");
        let matched = find(&Method::GET, &path).unwrap();
        assert!(matched.instance().is_ok());
        let Err(Refusal::Malformed(text)) = matched.binding() else {
            panic!("{refused}")
        };
        assert!(text.contains("service binding id"), "{text}");
    }
}

#[test]
fn queries_are_read_leniently() {
    let query = Query::read(Some("a=1&a=2&b=&c&d=x%20y+z&accepts_incomplete=true&%ff=1"));
    assert_eq!(
        (query.get("a"), query.get("b"), query.get("c"), query.get("d")),
        (Some("1"), None, None, Some("x y z"))
    );
    assert!(query.is_true("accepts_incomplete"));
    for not in [
        "accepts_incomplete=True",
        "accepts_incomplete=1",
        "accepts_incomplete",
        "Accepts_incomplete=true",
        "",
    ] {
        assert!(!Query::read(Some(not)).is_true("accepts_incomplete"), "{not}");
    }
    assert!(Query::read(None).get("a").is_none());
}
