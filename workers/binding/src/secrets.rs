//! Secure manifests: the values behind the references of a deployed manifest, by ODB's rules.
use chandler_clients::{
    CallContext, Fault, FaultKind,
    bosh::Variable,
    credhub::{CredHub, Credential},
};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::Instant;
use tracing::warn;

/// What all values of a manifest may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// How the calls of its client end, told apart from those of the platform's CredHub.
pub(crate) const BOSH: &str = "of BOSH CredHub";

/// Where CredHub has a value.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    /// The version that was deployed.
    Id(&'a str),
    /// The newest of this name.
    Name(&'a str),
}

/// The texts between double parentheses, each once.
fn references(manifest: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut rest = manifest;
    while let Some(at) = rest.find("((") {
        rest = rest[at..].trim_start_matches('(');
        let end = rest.find(|c: char| c.is_whitespace() || c == '(' || c == ')');
        if let Some(end) = end.filter(|&end| end > 0 && rest[end..].starts_with("))")) {
            found.insert(&rest[..end]);
        }
    }
    found
}

/// Where to look for a reference, and which member of it is meant; one place after the other.
fn places<'a>(reference: &'a str, variables: &'a [Variable]) -> Vec<(Place<'a>, Option<&'a str>)> {
    let (base, member) = match reference.split_once('.') {
        Some((base, member)) => (base, Some(member).filter(|member| !member.contains('.'))),
        None => (reference, None),
    };
    if !reference.starts_with('/') {
        let ends = |it: &&Variable| it.name.strip_suffix(base).is_some_and(|before| before.ends_with('/'));
        let deployed = variables.iter().find(ends);
        return vec![match deployed {
            Some(variable) => (Place::Id(&variable.id), member),
            None => (Place::Name(reference), member),
        }];
    }
    // A name may hold a dot itself, so the whole comes first.
    let place = |name: &'a str| match variables.iter().find(|it| it.name == name) {
        Some(variable) => Place::Id(&variable.id),
        None => Place::Name(name),
    };
    let mut places = vec![(place(reference), None)];
    places.extend(member.map(|member| (place(base), Some(member))));
    places
}

/// The value as the adapter gets it: texts as they are, all else as JSON.
fn text(credential: &Credential, member: Option<&str>) -> Result<String, String> {
    let whole = || credential.value.parse::<Value>().map_err(|why| why.to_string());
    match (member, whole()?) {
        (None, Value::String(text)) => Ok(text),
        (None, Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Ok(credential.value.expose().to_owned())
        }
        (Some(name), Value::Object(members)) => match members.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Ok(other.to_string()),
            None => Err(format!("credential does not contain key '{name}'")),
        },
        (Some(name), Value::String(_)) => Err(format!("string type credential cannot have key '{name}'")),
        (Some(_), Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            Err("unknown credential type".into())
        }
    }
}

/// The values as JSON for the adapter, by reference with its parentheses. What can't be had is logged and left out, as
/// in ODB.
///
/// # Errors
/// The [`Fault`] of a CredHub that doesn't answer, or not within `limit`: without its secrets an adapter would fail for
/// good.
pub(crate) async fn resolve(
    credhub: &CredHub,
    manifest: &str,
    variables: &[Variable],
    call: &CallContext,
    limit: Duration,
) -> Result<String, Fault> {
    let until = Instant::now() + limit;
    let mut values = Map::new();
    for reference in references(manifest) {
        let found = tokio::time::timeout_at(until, one(credhub, reference, variables, call)).await;
        match found {
            Ok(Ok(Ok(value))) => {
                values.insert(format!("(({reference}))"), value.into());
            }
            Ok(Ok(Err(why))) => warn!("Could not resolve (({reference})): {why}"),
            Ok(Err(fault)) if fault.is_permanent() => warn!("Could not resolve (({reference})): {fault}"),
            Ok(Err(fault)) => return Err(of_bosh(fault)),
            Err(_) => {
                let call = format!("reading the secrets of the manifest {BOSH}");
                let detail = format!("could not resolve (({reference})) in time, {limit:?} for all of them");
                return Err(Fault::new(FaultKind::Unknown, call, detail));
            }
        }
    }
    Ok(Value::Object(values).to_string())
}

/// So that whoever waits knows which of the two CredHubs for.
fn of_bosh(fault: Fault) -> Fault {
    match fault.call.strip_suffix("of CredHub") {
        Some(call) => Fault {
            call: format!("{call}{BOSH}"),
            ..fault
        },
        None => fault,
    }
}

async fn one(
    credhub: &CredHub,
    reference: &str,
    variables: &[Variable],
    call: &CallContext,
) -> Result<Result<String, String>, Fault> {
    for (place, member) in places(reference, variables) {
        let found = match place {
            Place::Id(id) => credhub.get_by_id(id, call).await?,
            Place::Name(name) => credhub.get(name, call).await?,
        };
        if let Some(credential) = found {
            return Ok(text(&credential, member));
        }
    }
    Ok(Err("CredHub has no such credential, or we may not read it".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::whom;
    use chandler_clients::{
        Secret, SecretJson,
        credhub::{CredHubSettings, CredentialKind},
        http::Trust,
    };
    use serde_json::json;

    #[test]
    fn finds_references_as_they_are_written() {
        let manifest = "a: ((one))\nb: \"x((/two/three.ca))y((one))\"\nc: ((not one)) (()) ((open\nd: (((four)))\n";
        let wanted = BTreeSet::from(["one", "/two/three.ca", "four"]);
        assert_eq!(references(manifest), wanted);
        assert!(references("no ( references )) here").is_empty());
    }

    #[test]
    fn what_the_director_deployed_comes_before_what_is_newest() {
        let variable = |id: &str, name: &str| Variable {
            id: id.into(),
            name: name.into(),
        };
        let variables = [
            variable("1", "/d/i/cert"),
            variable("2", "/odb/s/i/pw"),
            variable("3", "/x/y.z"),
        ];
        let id = Place::Id;
        let name = Place::Name;
        let cases = [
            ("cert", vec![(id("1"), None)]),
            ("cert.ca", vec![(id("1"), Some("ca"))]),
            ("cert.a.b", vec![(id("1"), None)]),
            ("ert", vec![(name("ert"), None)]),
            ("/odb/s/i/pw", vec![(id("2"), None)]),
            ("/else/where", vec![(name("/else/where"), None)]),
            ("/x/y.z", vec![(id("3"), None), (name("/x/y"), Some("z"))]),
            (
                "/d/i/cert.ca",
                vec![(name("/d/i/cert.ca"), None), (id("1"), Some("ca"))],
            ),
        ];
        for (reference, wanted) in cases {
            assert_eq!(places(reference, &variables), wanted, "{reference}");
        }
    }

    #[test]
    fn texts_stay_texts_and_structures_are_json() {
        let credential = |value: Value| Credential {
            id: "1".into(),
            name: "/n".into(),
            kind: CredentialKind::Json,
            value: SecretJson::of(&value),
        };
        let cases = [
            (json!("p\"w"), None, Ok("p\"w")),
            (json!({"ca": "c", "n": {"m": 1}}), None, Ok(r#"{"ca":"c","n":{"m":1}}"#)),
            (json!({"ca": "c"}), Some("ca"), Ok("c")),
            (json!({"n": {"m": 1}}), Some("n"), Ok(r#"{"m":1}"#)),
            (
                json!({"ca": "c"}),
                Some("x"),
                Err("credential does not contain key 'x'"),
            ),
            (
                json!("pw"),
                Some("x"),
                Err("string type credential cannot have key 'x'"),
            ),
            (json!(5), Some("x"), Err("unknown credential type")),
        ];
        for (value, member, wanted) in cases {
            let got = text(&credential(value.clone()), member);
            assert_eq!(got.as_deref().map_err(String::as_str), wanted, "{value}");
        }
    }

    /// A CredHub that takes connections and says nothing.
    async fn silent(timeout: Duration) -> (CredHub, tokio::net::TcpListener) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = CredHubSettings {
            url: format!("https://{}", listener.local_addr().unwrap()),
            trust: Trust::Anyone,
            uaa_trust: Trust::Anyone,
            client_id: "broker".into(),
            client_secret: Secret::new("hush"),
            timeout,
            user_agent: "tests".into(),
        };
        (CredHub::new(settings).unwrap(), listener)
    }

    #[tokio::test]
    async fn a_credhub_that_says_nothing_is_waited_for_within_a_limit() {
        let (moment, long) = (Duration::from_millis(200), Duration::from_secs(60));
        for (timeout, limit) in [(moment, long), (long, moment)] {
            let (credhub, _listener) = silent(timeout).await;
            let call = CallContext::default();
            let none = resolve(&credhub, "a: no references", &[], &call, limit).await;
            assert_eq!(none.unwrap(), "{}");
            let fault = resolve(&credhub, "a: ((b))", &[], &call, limit).await.unwrap_err();
            assert!(!fault.is_permanent(), "{fault}");
            assert_eq!(whom(&fault), "BOSH CredHub", "{fault}");
        }
    }
}
